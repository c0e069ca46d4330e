"""The results of a run's trials, a learning rate at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dlhw.learning.summary_statistics import mean_and_deviation

METRICS = (
    "validation_accuracy",
    "test_accuracy",
    "best_epoch",
    "best_validation_accuracy",
    "best_test_accuracy",
    "images_per_second",
)


def summarise(results: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Means and sample deviations over the seeds of each learning rate. Trials that diverged are counted apart.

    Args:
        results: of the document of ``dlhw cnn train``.

    Returns:
        ``summary`` of that document: ``learning_rate``, ``n`` (trials that did not diverge), ``diverged`` (those
        that did), and each of :data:`METRICS` as ``{mean, deviation}``.
    """
    rates = list(dict.fromkeys(result["learning_rate"] for result in results))
    summary = []
    for rate in rates:
        trials = [result for result in results if result["learning_rate"] == rate]
        finished = [trial for trial in trials if trial["status"] == "finished"]
        metrics = {name: mean_and_deviation(trial[name] for trial in finished) for name in METRICS}
        summary.append({"learning_rate": rate, "n": len(finished), "diverged": len(trials) - len(finished), **metrics})
    return summary
