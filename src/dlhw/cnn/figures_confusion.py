"""The confusion matrix as an image."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from dlhw.cnn.contact_sheet import LETTER, shortened
from dlhw.cnn.evaluation import Evaluation
from dlhw.learning.curves import INK, PALE, save_figure

BLUES = LinearSegmentedColormap.from_list("right", ["#ffffff", "#0072b2"])
REDS = LinearSegmentedColormap.from_list("wrong", ["#ffffff", "#d55e00"])
"""Okabe and Ito's blue and vermilion. In grey print both darken with their share."""

WORST_SHARE = 0.5
"""Of a class taken for one other: as strong as the vermilion gets."""


def draw_confusion(evaluation: Evaluation, path: Path, *, title: str) -> Path:
    """Draw the confusion matrix: a row for each true class, a column for each predicted one.

    Each cell has its count and its share of the row, by which it is coloured: what is right in blue, mistakes in red.

    Args:
        evaluation: what a network made of images.
        path: of the image.
        title: what looked at which images.

    Returns:
        ``path``.
    """
    names, confusion = evaluation.class_names, evaluation.confusion
    support = confusion.sum(1)
    shares = confusion / np.maximum(support, 1)[:, None]
    side = max(0.95 * len(names), 3.5)
    figure = Figure(figsize=(side + 2.2, side + 1.8), dpi=160, layout="constrained")
    axes = figure.subplots()
    axes.imshow(_colours(shares))
    for row, column in np.ndindex(confusion.shape):
        if not confusion[row, column]:
            continue
        share = shares[row, column]
        ink = "white" if share > (0.6 if row == column else 0.75 * WORST_SHARE) else INK
        axes.text(column, row - 0.11, f"{confusion[row, column]:,}", ha="center", va="center", color=ink, fontsize=12)
        axes.text(column, row + 0.2, f"{share:.1%}", ha="center", va="center", color=ink, fontsize=7.5)
    places = range(len(names))
    shown = [_plain(name) for name in names]
    axes.set_xticks(places, shown, rotation=0 if max(map(len, names)) * len(names) <= 66 else 35)
    axes.set_yticks(places, [f"{name}\n{count:,}" for name, count in zip(shown, support, strict=True)])
    axes.set_xticks(np.arange(len(names) + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(len(names) + 1) - 0.5, minor=True)
    axes.grid(which="minor", color="white", lw=2.5)
    axes.tick_params(which="both", length=0, colors=INK, labelsize=10)
    axes.spines[:].set_visible(False)
    axes.set_xlabel("called", color=PALE, labelpad=8)
    axes.set_ylabel("shown, and how many", color=PALE, labelpad=8)
    accuracy = evaluation.accuracy
    measured = f"accuracy {accuracy.value:.4f}, 95 % interval {accuracy.low:.4f} to {accuracy.high:.4f}"
    axes.set_title("Confusion matrix", loc="left", fontsize=14, color=INK, pad=38)
    described = f"{_plain(shortened(title, int(side / LETTER)))}\n{measured}"
    words = axes.annotate(described, (0, 1), (0, 8), "axes fraction", "offset points", fontsize=9, color=PALE)
    words.set_linespacing(1.4)
    words.set_in_layout(False)  # a long title shall not make the matrix small
    return save_figure(figure, path)


def _colours(
    shares: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """(C, C, 4): blue on the diagonal and vermilion beside it; the power lets rare mistakes be seen."""
    wrong = REDS(np.minimum(shares / WORST_SHARE, 1) ** 0.7)
    colours = np.where(np.eye(len(shares), dtype=bool)[..., None], BLUES(shares), wrong)
    colours[shares == 0] = (0.965, 0.965, 0.965, 1)
    return np.asarray(colours)


def _plain(text: str) -> str:
    return text.replace("$", r"\$")  # a pair of them would begin a formula
