"""Figures of a training: one quantity over the epochs, a line for each trial."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from dlhw.errors import RunError
from dlhw.learning.files import write_atomically

INK, GRID, PALE = "#333333", "#dddddd", "#777777"
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""Okabe and Ito's colours, which people with any colour vision tell apart."""

Best = Callable[[Sequence[float]], float]
"""``max`` or ``min``."""

SUBTITLE = 96
"""Characters in a line of small print."""


def draw_curves(
    curves: Mapping[str, Sequence[Mapping[str, Any]]],
    quantity: str,
    path: Path,
    *,
    heading: str,
    title: str,
    best: Best | None = None,
) -> Path:
    """Draw one quantity over the epochs into a file.

    Args:
        curves: the metric rows of each trial, by its label. A trial without rows is left out.
        quantity: a key of the rows.
        path: of the image.
        heading: what the quantity is.
        title: what was trained on what.
        best: ``max`` or ``min``, whose epoch gets a ring.

    Returns:
        ``path``.
    """
    return save_figure(plot_curves(curves, quantity, heading=heading, title=title, best=best), path)


def plot_curves(
    curves: Mapping[str, Sequence[Mapping[str, Any]]],
    quantity: str,
    *,
    heading: str = "",
    title: str = "",
    best: Best | None = None,
    size: tuple[float, float] = (7.2, 4.2),
) -> Figure:
    """One quantity over the epochs, as :func:`draw_curves` writes it.

    Args:
        curves, quantity, heading, title, best: as there; heading and title may be left to a caption.
        size: width and height, in inches.
    """
    drawn = {label: rows for label, rows in curves.items() if rows}
    figure = Figure(figsize=size, dpi=160, layout="constrained")
    axes = figure.subplots()
    for (label, rows), colour in zip(drawn.items(), COLOURS * len(drawn), strict=False):
        epochs, values = [row["epoch"] for row in rows], [row[quantity] for row in rows]
        draw_line(axes, epochs, values, label=label, colour=colour, best=best)
    dress(axes, heading, title)
    if best is not None:
        axes.set_xlabel("epoch (the ring marks the best one)", color=INK)
    if len(drawn) > 1:
        axes.legend(frameon=False, labelcolor=INK)
    return figure


def draw_line(
    axes: Axes, epochs: Sequence[int], values: Sequence[float], *, label: str, colour: str, best: Best | None
) -> None:
    """A quantity over the epochs, a dot each, with a ring around the best."""
    axes.plot(epochs, values, color=colour, lw=1.8, marker="o", ms=dot(len(epochs)), label=label)
    if best is not None:
        place = values.index(best(values))
        axes.plot(epochs[place], values[place], "o", ms=8, mfc="none", mec=colour, mew=1.5)


def save_figure(figure: Figure, path: Path) -> Path:
    """Write a figure and return its path.

    Raises:
        RunError: it cannot be written.
    """
    content = BytesIO()
    figure.savefig(content, format=path.suffix.removeprefix(".") or "png")
    try:
        write_atomically(path, content.getvalue())  # while a training draws, somebody may look
    except RunError as error:
        raise RunError(error.message, "free space on the disk, or draw elsewhere") from error
    return path


def dress(axes: Axes, heading: str, title: str) -> None:
    """A common style: a heading, if any, with small print below, epochs to the right, thin lines across."""
    if heading:
        axes.set_title(heading, loc="left", fontsize=13, color=INK, pad=22)
    subtitle(axes, title)
    axes.set_xlabel("epoch", color=INK)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.ticklabel_format(axis="y", useOffset=False)  # whole numbers that can be read, not differences from one
    axes.grid(axis="y", color=GRID, lw=0.8)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(GRID)
    axes.tick_params(colors=INK, length=0)


def subtitle(axes: Axes, text: str) -> None:
    """Small print between a heading and the axes. A long path in it is cut, and shrinks nothing."""
    lines = [
        line if len(line) <= SUBTITLE else f"{line[: SUBTITLE // 2]}…{line[-SUBTITLE // 2 :]}"
        for line in text.split("\n")
    ]
    plain = "\n".join(lines).replace("$", r"\$")  # a pair of them would begin a formula
    words = axes.annotate(plain, (0, 1), (0, 6), "axes fraction", "offset points", fontsize=9, color=PALE)
    words.set_in_layout(False)


def dot(count: int) -> float:
    """The size of each dot of a curve of ``count`` values: one alone has to be seen, sixty are a line of their own."""
    return 6 if count == 1 else 3 if count < 60 else 0
