"""The figures of a training: a line over the epochs, or the mean and the spread of several seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dlhw.learning.curves import COLOURS, INK, Best, draw_curves, draw_line, dress, save_figure
from dlhw.learning.summary_statistics import mean_and_deviation

Rows = Sequence[Mapping[str, Any]]
LOSS = "Training loss (cross-entropy)"


def draw_training(
    repeats: Mapping[str, Sequence[Rows]],
    folder: Path,
    quantity: str,
    *,
    heading: str,
    title: str,
    best: Best,
) -> list[Path]:
    """Draw a run's training loss, and the validation metric by which its best epoch was chosen.

    Args:
        repeats: the metric rows of each seed, by what was repeated: a line for each where all have one seed, else a
            band.
        folder: where the images go.
        quantity: the validation metric, a key of the rows.
        heading: what it is.
        title: what was trained on what.
        best: ``max`` or ``min``.

    Returns:
        The paths of ``training-loss.png`` and, say, ``validation-accuracy.png``.
    """
    loss, metric = folder / "training-loss.png", folder / f"{quantity.replace('_', '-')}.png"
    if all(len(trainings) == 1 for trainings in repeats.values()):
        curves = {label: rows for label, (rows,) in repeats.items()}
        return [
            draw_curves(curves, "train_loss", loss, heading=LOSS, title=title),
            draw_curves(curves, quantity, metric, heading=heading, title=title, best=best),
        ]
    return [
        draw_bands(repeats, "train_loss", loss, heading=LOSS, title=title),
        draw_bands(repeats, quantity, metric, heading=heading, title=title, best=best),
    ]


def draw_bands(
    repeats: Mapping[str, Sequence[Rows]],
    quantity: str,
    path: Path,
    *,
    heading: str,
    title: str,
    best: Best | None = None,
) -> Path:
    """Draw the mean of one quantity over the epochs, in a band of one sample deviation to either side.

    Args:
        repeats: the metric rows of each seed, by what was repeated. Where one ended early, by diverging, the mean
            continues with the others.
        quantity: a key of the rows.
        path: of the image.
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
    best: Best | None,
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
    draw_line(axes, epochs, means, label=label, colour=colour, best=best)
