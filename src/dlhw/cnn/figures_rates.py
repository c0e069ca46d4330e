"""The figure of a run of ``dlhw cnn train`` with several learning rates and seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from dlhw.learning.curves import COLOURS, INK, dress, save_figure


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
