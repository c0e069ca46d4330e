"""The figures of a run of ``dlhw ocr train``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dlhw.learning.bands import draw_bands
from dlhw.learning.curves import draw_training

LOSS, ERROR = "Training loss (cross-entropy)", "Validation character error rate"


def draw_words_run(
    repeats: Mapping[str, Sequence[Sequence[Mapping[str, Any]]]], folder: Path, *, title: str
) -> list[Path]:
    """Draw training loss and character error rate over the epochs: a line, or with several seeds a band.

    Args:
        repeats: the metric rows of each seed, by what was trained.
        folder: where the images go.
        title: what was trained on what.
    """
    if all(len(trainings) == 1 for trainings in repeats.values()):
        curves = {label: rows for label, (rows,) in repeats.items()}
        return draw_training(curves, folder, "validation_cer", heading=ERROR, title=title, best=min)
    loss, error = folder / "training-loss.png", folder / "validation-cer.png"
    return [
        draw_bands(repeats, "train_loss", loss, heading=LOSS, title=title),
        draw_bands(repeats, "validation_cer", error, heading=ERROR, title=title, best=min),
    ]
