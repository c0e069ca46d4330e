"""Figures of a training that was repeated with several seeds: the mean over the epochs, and how far seeds spread."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dlhw.learning.curves import COLOURS, INK, dot, dress, save_figure
from dlhw.learning.summary_statistics import mean_and_deviation

Rows = Sequence[Mapping[str, Any]]


def draw_bands(
    repeats: Mapping[str, Sequence[Rows]],
    quantity: str,
    path: Path,
    *,
    heading: str,
    title: str,
    best: Callable[[Sequence[float]], float] | None = None,
) -> Path:
    """Draw the mean of one quantity over the epochs, in a band of one sample deviation to either side.

    Args:
        repeats: the metric rows of each seed, by what was repeated. Where one ended early, by diverging, the mean
            continues with the others.
        quantity: a key of the rows.
        path: of the picture.
        heading: what the quantity is.
        title: what was trained on what.
        best: ``max`` or ``min``, whose epoch of the mean gets a ring.

    Returns:
        ``path``.
    """
    figure = Figure(figsize=(7.2, 4.2), dpi=160, layout="constrained")
    axes = figure.subplots()
    drawn = {label: [rows for rows in trainings if rows] for label, trainings in repeats.items()}
    drawn = {label: trainings for label, trainings in drawn.items() if trainings}
    for (label, trainings), colour in zip(drawn.items(), COLOURS * len(drawn), strict=False):
        _draw_band(axes, trainings, quantity, label=f"{label}, n = {len(trainings)}", colour=colour, best=best)
    dress(axes, heading, title)
    ring = " (the ring marks the best mean)" if best is not None else ""
    axes.set_xlabel(f"epoch{ring}; mean ± sample deviation over the seeds", color=INK)
    if drawn:
        axes.legend(frameon=False, labelcolor=INK)
    return save_figure(figure, path)


def _draw_band(
    axes: Axes,
    trainings: Sequence[Rows],
    quantity: str,
    *,
    label: str,
    colour: str,
    best: Callable[[Sequence[float]], float] | None,
) -> None:
    epochs = list(range(1, max(len(rows) for rows in trainings) + 1))
    spreads = [
        mean_and_deviation(rows[epoch - 1][quantity] for rows in trainings if len(rows) >= epoch) for epoch in epochs
    ]
    means = [spread["mean"] or 0.0 for spread in spreads]
    deviations = [spread["deviation"] or 0.0 for spread in spreads]
    low = [mean - deviation for mean, deviation in zip(means, deviations, strict=True)]
    high = [mean + deviation for mean, deviation in zip(means, deviations, strict=True)]
    axes.fill_between(epochs, low, high, color=colour, alpha=0.2, lw=0)
    axes.plot(epochs, means, color=colour, lw=1.8, marker="o", ms=dot(len(epochs)), label=label)
    if best is not None:
        place = means.index(best(means))
        axes.plot(epochs[place], means[place], "o", ms=8, mfc="none", mec=colour, mew=1.5)
