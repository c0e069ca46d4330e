"""Figures of Question 2: training loss and validation accuracy over the epochs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

INK, GRID = "#333333", "#dddddd"
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""Okabe and Ito's colours, which people with any colour vision tell apart."""


def draw_curves(curves: Mapping[str, Sequence[Mapping[str, Any]]], folder: Path, *, title: str) -> list[Path]:
    """Draw a run's training loss and validation accuracy over epochs, a line for each member.

    Args:
        curves: the metric rows of each member, by its label. A member without rows is left out.
        folder: where the pictures go.
        title: what was trained on what.

    Returns:
        The paths of ``training-loss.png`` and ``validation-accuracy.png``.
    """
    drawn = {label: rows for label, rows in curves.items() if rows}
    paths = []
    for key, name, heading in (
        ("train_loss", "training-loss", "Training loss (cross-entropy)"),
        ("validation_accuracy", "validation-accuracy", "Validation accuracy"),
    ):
        figure = Figure(figsize=(7.2, 4.2), dpi=160, layout="constrained")
        axes = figure.subplots()
        for (label, rows), colour in zip(drawn.items(), COLOURS * len(drawn), strict=False):
            epochs, values = [row["epoch"] for row in rows], [row[key] for row in rows]
            axes.plot(epochs, values, color=colour, lw=1.8, marker="o", ms=3 if len(rows) > 1 else 6, label=label)
            if key == "validation_accuracy":
                best = max(range(len(values)), key=values.__getitem__)
                axes.plot(epochs[best], values[best], "o", ms=8, mfc="none", mec=colour, mew=1.5)
        _dress(axes, heading, title)
        if key == "validation_accuracy":
            axes.set_xlabel("epoch (the ring marks the best one)", color=INK)
        if len(drawn) > 1:
            axes.legend(frameon=False, labelcolor=INK)
        path = folder / f"{name}.png"
        figure.savefig(path)
        paths.append(path)
    return paths


def _dress(axes: Axes, heading: str, title: str) -> None:
    axes.set_title(heading, loc="left", fontsize=13, color=INK, pad=22)
    axes.annotate(title, (0, 1), (0, 6), "axes fraction", "offset points", fontsize=9, color="#777777")
    axes.set_xlabel("epoch", color=INK)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(axis="y", color=GRID, lw=0.8)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(GRID)
    axes.tick_params(colors=INK, length=0)
