"""Which recogniser a command reads with where none is named."""

from __future__ import annotations

from pathlib import Path

from dlhw.learning.chosen import chosen_checkpoint
from dlhw.learning.run import RESULT, newest_run
from dlhw.ocr.experiment import COMMAND
from dlhw.ocr.pretrained import pretrained


def measured_checkpoint(given: Path | None, *, root: Path = Path("runs")) -> Path:
    """The weights to measure: those that are named, else the newest finished run's, else the package's.

    Raises:
        CheckpointError: they are missing or damaged.
    """
    if given is not None:
        return chosen_checkpoint(given)
    run = newest_run(COMMAND, root=root, wanted=lambda directory: (directory / RESULT).exists())
    return pretrained() if run is None else chosen_checkpoint(run)


def reading_checkpoint(given: Path | None) -> Path:
    """The weights to read with: those that are named, else the package's.

    Raises:
        CheckpointError: they are missing or damaged.
    """
    return pretrained() if given is None else chosen_checkpoint(given)
