from __future__ import annotations

from typing import Any

import pytest
from rich.console import Console

from dlhw.console.cnn import training_result

RESULT: dict[str, Any] = {
    "learning_rate": 0.01,
    "seed": 42,
    "status": "finished",
    "validation_accuracy": 0.75,
    "test_accuracy": 0.5,
    "best_epoch": 3,
    "best_validation_accuracy": 0.8,
    "best_test_accuracy": 0.6,
    "images_per_second": 100.0,
}
SPREAD = {"mean": 0.5, "deviation": 0.1}
NAMES = ("validation_accuracy", "test_accuracy", "best_validation_accuracy", "best_test_accuracy")


@pytest.mark.parametrize("seeds", [1, 2])
@pytest.mark.parametrize("reported", [None, {"validation_accuracy": 0.7557, "test_accuracy": 0.7443}])
def test_the_reports_column_is_there_where_it_has_something_to_say(
    seeds: int, reported: dict[str, float] | None
) -> None:
    document = {
        "network": "gap",
        "parameters": 756_742,
        "epochs": 40,
        "recipe": "homework",
        "data": {"source": "somewhere"},
        "seeds": seeds,
        "run": "runs/1",
        "chosen": 0,
        "results": [RESULT | {"reported": reported}] * seeds,
        "summary": [{"learning_rate": 0.01, "n": seeds, "diverged": 0} | dict.fromkeys(NAMES, SPREAD)],
    }
    console = Console(width=120)
    with console.capture() as capture:
        for part in training_result(document):
            console.print(part)
    assert ("report" in capture.get()) == (reported is not None)
    assert ("0.7443" in capture.get()) == (reported is not None)
