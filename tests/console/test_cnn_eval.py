from __future__ import annotations

from typing import Any

import pytest
from rich.console import Console

from dlhw.console.cnn_eval import HEAT, MATRIX_AT_MOST, RIGHT, evaluation_result
from dlhw.console.cnn_predict import share


def document(confusion: list[list[int]]) -> dict[str, Any]:
    total = sum(map(sum, confusion))
    names = [f"class{place}" for place in range(len(confusion))]
    scores = {"precision": None, "recall": None, "f1": None}
    return {
        "network": "gap",
        "data": {"images": total, "split": "test", "source": "\x1b[31mnowhere"},
        "images": total,
        "correct": sum(row[place] for place, row in enumerate(confusion)),
        "accuracy": {"value": 0.5, "low": 0.4, "high": 0.6},
        "classes": [{"name": name, **scores, "support": sum(row)} for name, row in zip(names, confusion, strict=True)],
        "mean": scores,
        "confusion": confusion,
        "csv": None,
        "predictions": None,
        "figures": [],
    }


def shown(confusion: list[list[int]]) -> str:
    console = Console(width=120, force_terminal=True, color_system="truecolor", markup=False)
    with console.capture() as capture:
        console.print(*evaluation_result(document(confusion)), sep="\n")
    return capture.get()


def rgb(colour: str) -> str:
    """A background as terminals take it."""
    return "48;2;" + ";".join(str(int(colour[place : place + 2], 16)) for place in (1, 3, 5))


def test_heat_grows_with_the_share_of_the_row() -> None:
    text = shown([[98, 2, 0], [1, 80, 19], [40, 0, 60]])
    assert rgb(RIGHT[5]) in text, "98 of 100 right"
    assert rgb(HEAT[0]) in text, "2 of 100"
    assert rgb(HEAT[5]) in text, "40 of 100"
    assert "class2 called class0 40   class1 called class2 19   class0 called class1 2" in text


def test_what_has_no_value_is_a_dash_and_nothing_is_obeyed() -> None:
    text = shown([[1, 0], [0, 0]])
    assert "–" in text
    assert "\x1b[31m" not in text
    assert "Most often" not in text


def test_a_matrix_that_is_too_wide_is_left_to_files() -> None:
    size = MATRIX_AT_MOST + 1
    text = shown([[int(row == column) for column in range(size)] for row in range(size)])
    assert "--csv and --figures" in text


@pytest.mark.parametrize(
    ("probability", "text"),
    [(1.0, "1.000"), (0.9999, ">0.999"), (0.9994, "0.999"), (0.5, "0.500"), (1e-9, "<0.001")],
)
def test_a_probability_is_never_a_false_certainty(probability: float, text: str) -> None:
    assert share(probability) == text
