"""Which recogniser a command reads with: one of the package by its name, a file, a run, or none named."""

from __future__ import annotations

from pathlib import Path

from dlhw.errors import CheckpointError, UsageError
from dlhw.learning.checkpoints import chosen_checkpoint
from dlhw.learning.run import RESULT, RUNS, newest_run
from dlhw.ocr.experiment import WordExperiment
from dlhw.ocr.pretrained import NAMES, pretrained


def recognizer_checkpoint(given: Path) -> Path:
    """The weights that a name of the package, a file or a run directory stands for.

    Raises:
        CheckpointError: they are missing or damaged.
        UsageError: a file or a folder here has the name of a recogniser of the package.
    """
    name = str(given)
    if name in NAMES:
        if given.exists():
            raise UsageError(
                f"{name} is a recogniser of the package, and here is a file or folder of that name",
                f"rename it, or give its whole path: {given.absolute()}",
            )
        return pretrained(name)
    if not given.exists():
        raise CheckpointError(
            f"there is no checkpoint {given}",
            f"give a file of weights, a run directory, or a recogniser of the package: {', '.join(NAMES)}",
        )
    return chosen_checkpoint(given)


def measured_checkpoint(given: Path | None, *, root: Path = RUNS) -> Path:
    """The weights to measure: those that are named, else the newest finished run's, else the package's.

    Raises:
        CheckpointError: they are missing or damaged.
    """
    if given is not None:
        return recognizer_checkpoint(given)
    run = newest_run(WordExperiment.run_command(), root=root, wanted=lambda directory: (directory / RESULT).exists())
    return pretrained() if run is None else chosen_checkpoint(run)


def reading_checkpoint(given: Path | None) -> Path:
    """The weights to read with: those that are named, else the package's.

    Raises:
        CheckpointError: they are missing or damaged.
    """
    return pretrained() if given is None else recognizer_checkpoint(given)
