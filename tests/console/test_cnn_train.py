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


def shown(**changes: Any) -> str:
    document = {
        "network": "gap",
        "parameters": 756_742,
        "epochs": 40,
        "recipe": "homework",
        "data": {"source": "somewhere", "classes": ["a", "b", "c"]},
        "seeds": 1,
        "run": "runs/1",
        "chosen": 0,
        "results": [RESULT | {"reported": None}],
        "summary": [{"learning_rate": 0.01, "n": 1, "diverged": 0} | dict.fromkeys(NAMES, SPREAD)],
        **changes,
    }
    console = Console(width=160)
    with console.capture() as capture:
        for part in training_result(document):
            console.print(part)
    return capture.get()


@pytest.mark.parametrize("seeds", [1, 2])
@pytest.mark.parametrize("reported", [None, {"validation_accuracy": 0.7557, "test_accuracy": 0.7443}])
def test_the_reports_column_is_there_where_it_has_something_to_say(
    seeds: int, reported: dict[str, float] | None
) -> None:
    found = shown(seeds=seeds, results=[RESULT | {"reported": reported}] * seeds)
    assert ("report" in found) == (reported is not None)
    assert ("0.7443" in found) == (reported is not None)


def test_few_epochs_are_said_to_be_few_beside_what_guessing_gives() -> None:
    said = (
        "1 epoch of the 40 of the recipe homework: these accuracies show how learning begins. "
        "Guessing one of 3 classes gives 0.3333."
    )
    assert said in shown(epochs=1)
    assert "Guessing" not in shown(epochs=40)
    assert "Guessing" not in shown(epochs=10, recipe="study")
    assert "10 epochs of the 100 of the recipe strong" in shown(epochs=10, recipe="strong")
