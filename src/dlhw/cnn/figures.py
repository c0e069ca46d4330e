"""Figures of Question 2: training loss and validation accuracy over the epochs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dlhw.learning.curves import draw_curves


def draw_training(curves: Mapping[str, Sequence[Mapping[str, Any]]], folder: Path, *, title: str) -> list[Path]:
    """Draw a run's training loss and validation accuracy over epochs, a line for each member.

    Args:
        curves: the metric rows of each member, by its label. A member without rows is left out.
        folder: where the pictures go.
        title: what was trained on what.

    Returns:
        The paths of ``training-loss.png`` and ``validation-accuracy.png``.
    """
    loss = draw_curves(
        curves, "train_loss", folder / "training-loss.png", heading="Training loss (cross-entropy)", title=title
    )
    accuracy = draw_curves(
        curves,
        "validation_accuracy",
        folder / "validation-accuracy.png",
        heading="Validation accuracy",
        title=title,
        best=max,
    )
    return [loss, accuracy]
