"""Figures of Question 3: loss and validation error over the epochs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dlhw.learning.curves import draw_curves


def draw_training(curves: Mapping[str, Sequence[Mapping[str, Any]]], folder: Path, *, title: str) -> list[Path]:
    """Draw training loss and validation CER over epochs, as in the report's figures 9 and 10.

    Args:
        curves: metric rows, by what was trained. One without rows is left out.
        folder: where the pictures go.
        title: what was trained on what.

    Returns:
        The paths of ``training-loss.png`` and ``validation-cer.png``.
    """
    loss = draw_curves(
        curves, "train_loss", folder / "training-loss.png", heading="Training loss (cross-entropy)", title=title
    )
    cer = draw_curves(
        curves,
        "validation_cer",
        folder / "validation-cer.png",
        heading="Validation character error rate",
        title=title,
        best=min,
    )
    return [loss, cer]
