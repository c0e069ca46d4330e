from __future__ import annotations

import statistics
from typing import Any

from dlhw.cnn.sweep import METRICS, summarise


def trial(rate: float, value: float | None) -> dict[str, Any]:
    status = "diverged" if value is None else "finished"
    return {"learning_rate": rate, "status": status, **dict.fromkeys(METRICS, value)}


def test_means_and_deviations_are_of_the_trials_that_finished() -> None:
    first, second = summarise([trial(0.1, 0.5), trial(0.1, 0.7), trial(0.1, None), trial(0.01, 0.25)])
    assert (first["learning_rate"], first["n"], first["diverged"]) == (0.1, 2, 1)
    for name in METRICS:
        assert first[name] == {"mean": statistics.fmean([0.5, 0.7]), "deviation": statistics.stdev([0.5, 0.7])}
        assert second[name] == {"mean": 0.25, "deviation": None}, "a single value has no deviation"


def test_a_rate_of_which_all_diverged_has_no_figures() -> None:
    (entry,) = summarise([trial(1.0, None), trial(1.0, None)])
    assert (entry["n"], entry["diverged"]) == (0, 2)
    assert entry["test_accuracy"] == {"mean": None, "deviation": None}
