"""The figures of a run of ``dlhw cnn train``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from dlhw.learning.bands import draw_bands
from dlhw.learning.curves import COLOURS, INK, draw_training, dress, save_figure

Rows = Sequence[Mapping[str, Any]]
LOSS, ACCURACY = "Training loss (cross-entropy)", "Validation accuracy"


def draw_run(repeats: Mapping[float, Sequence[Rows]], folder: Path, *, title: str) -> list[Path]:
    """Draw training loss and validation accuracy over the epochs: a line, or with several seeds a band, for each rate.

    Args:
        repeats: the metric rows of each seed, by learning rate.
        folder: where the images go.
        title: what was trained on what.
    """
    labelled = {f"learning rate {rate:g}": trainings for rate, trainings in repeats.items()}
    if all(len(trainings) == 1 for trainings in repeats.values()):
        curves = {label: rows for label, (rows,) in labelled.items()}
        return draw_training(curves, folder, "validation_accuracy", heading=ACCURACY, title=title, best=max)
    loss, accuracy = folder / "training-loss.png", folder / "validation-accuracy.png"
    return [
        draw_bands(labelled, "train_loss", loss, heading=LOSS, title=title),
        draw_bands(labelled, "validation_accuracy", accuracy, heading=ACCURACY, title=title, best=max),
    ]


def draw_rates(
    summary: Sequence[Mapping[str, Any]], results: Sequence[Mapping[str, Any]], path: Path, *, title: str
) -> Path:
    """Draw accuracies against the learning rate: every seed as a dot, their mean with a bar of one deviation.

    Args:
        summary: of the document of ``dlhw cnn train``.
        results: of the same document.
        path: of the image.
        title: what was trained on what.

    Returns:
        ``path``.
    """
    figure = Figure(figsize=(7.2, 4.2), dpi=160, layout="constrained")
    axes = figure.subplots()
    places = {entry["learning_rate"]: place for place, entry in enumerate(sorted(summary, key=_rate))}
    kinds = (("best_validation_accuracy", "validation", -0.1), ("best_test_accuracy", "test", 0.1))
    for (quantity, label, aside), colour in zip(kinds, COLOURS, strict=False):
        known = [entry for entry in summary if entry["n"]]
        axes.errorbar(
            [places[entry["learning_rate"]] + aside for entry in known],
            [entry[quantity]["mean"] for entry in known],
            yerr=[entry[quantity]["deviation"] or 0.0 for entry in known],
            fmt="o", ms=7, color=colour, capsize=4, lw=1.8, label=label,
        )  # fmt: skip
        finished = [result for result in results if result["status"] == "finished"]
        x = [places[result["learning_rate"]] + aside + 0.06 for result in finished]
        axes.plot(x, [result[quantity] for result in finished], "o", ms=3, color=colour, alpha=0.6)
    dress(axes, "Accuracy at the best epoch by validation", title)
    names = {entry["learning_rate"]: f"{entry['learning_rate']:g}" + _fallen(entry) for entry in summary}
    axes.set_xticks(list(places.values()), [names[rate] for rate in places])
    axes.set_xlim(-0.5, len(places) - 0.5)
    axes.set_xlabel("learning rate; mean ± sample deviation, and each seed beside", color=INK)
    axes.legend(frameon=False, labelcolor=INK)
    return save_figure(figure, path)


def _rate(entry: Mapping[str, Any]) -> float:
    return float(entry["learning_rate"])


def _fallen(entry: Mapping[str, Any]) -> str:
    return f"\n{entry['diverged']} of {entry['n'] + entry['diverged']} diverged" if entry["diverged"] else ""
