"""Which recogniser a command reads with: one of the package by its name, a file, a run, or none named."""

from __future__ import annotations

from pathlib import Path

from dlhw.learning.checkpoints import named_checkpoint, newest_checkpoint
from dlhw.learning.run import RUNS
from dlhw.ocr.experiment import WordExperiment
from dlhw.ocr.pretrained import NAMES, pretrained


def recognizer_checkpoint(given: Path) -> Path:
    """The weights that a name of the package, a file or a run directory stands for.

    Raises:
        CheckpointError: they are missing or damaged.
        UsageError: a file or a folder here has the name of a recogniser of the package.
    """
    return named_checkpoint(given, what="recogniser", names=NAMES, packaged=pretrained)


def measured_checkpoint(given: Path | None, *, root: Path = RUNS) -> Path:
    """The weights to measure: those that are named, else the newest finished run's, else the package's.

    Raises:
        CheckpointError: they are missing or damaged.
    """
    if given is not None:
        return recognizer_checkpoint(given)
    return newest_checkpoint(WordExperiment.run_command(), root) or pretrained()


def reading_checkpoint(given: Path | None) -> Path:
    """The weights to read with: those that are named, else the package's.

    Raises:
        CheckpointError: they are missing or damaged.
    """
    return pretrained() if given is None else recognizer_checkpoint(given)
