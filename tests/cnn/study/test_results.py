from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlhw.cnn.study.results import accuracy, compare, difference
from dlhw.learning.intervals import wilson

IMAGES = 40
mistakes = st.sets(st.integers(0, IMAGES - 1)).map(sorted)


def outcome(mistaken: list[int] | None, variant: str = "gap") -> dict[str, Any]:
    if mistaken is None:
        return {"variant": variant, "status": "diverged", "mistaken": None, "test_accuracy": None}
    right = 1 - len(mistaken) / IMAGES
    return {"variant": variant, "status": "finished", "mistaken": mistaken, "test_accuracy": right}


@given(mistakes)
def test_one_training_has_wilsons_interval(mistaken: list[int]) -> None:
    found = accuracy([outcome(mistaken)], IMAGES)
    expected = wilson(IMAGES - len(mistaken), IMAGES)
    assert (found.value, found.low, found.high) == (expected.value, expected.low, expected.high)
    assert (found.n, found.deviation) == (1, None)


def test_several_trainings_have_a_deviation() -> None:
    found = accuracy([outcome([]), outcome([1, 2, 3, 4]), outcome(None)], IMAGES)
    assert found.value == pytest.approx(0.95)
    assert found.deviation == pytest.approx(0.1 / 2**0.5)
    assert (found.n, found.low, found.high) == (2, None, None)


def test_where_all_diverged_there_is_no_accuracy() -> None:
    found = accuracy([outcome(None)], IMAGES)
    assert (found.value, found.n) == (None, 0)
    assert difference([outcome(None)], [outcome([])], IMAGES).value is None


@given(mistakes, mistakes)
def test_a_difference_is_that_of_the_accuracies_and_turns_its_sign(first: list[int], second: list[int]) -> None:
    a, b = [outcome(first)], [outcome(second)]
    there, back = difference(a, b, IMAGES), difference(b, a, IMAGES)
    assert there.value == pytest.approx(a[0]["test_accuracy"] - b[0]["test_accuracy"])
    assert there.value is not None
    assert there.low is not None
    assert there.high is not None
    assert there.low <= there.value + 1e-9
    assert there.value <= there.high + 1e-9
    assert back.value == pytest.approx(-there.value)


def test_what_is_hard_for_both_adds_no_noise() -> None:
    hard = list(range(20))
    found = difference([outcome(hard)], [outcome(hard)], IMAGES)
    assert (found.value, found.low, found.high) == (0, 0, 0)


def test_seeds_count_by_their_share() -> None:
    found = difference([outcome([]), outcome([])], [outcome([0]), outcome([0, 1])], IMAGES)
    assert found.value == pytest.approx(1.5 / IMAGES)


def test_comparisons_have_their_differences() -> None:
    names = ("gap", "one-5x5", "stride")
    outcomes = [outcome([0, 1], "gap"), outcome([0], "one-5x5"), outcome([0, 1, 2, 3], "stride")]
    kernels, pooling = compare(outcomes, names, IMAGES)
    assert [entry["label"] for entry in kernels["entries"]] == ["nothing added", "one 5×5"]
    assert kernels["entries"][0]["difference"] is None
    assert kernels["entries"][1]["difference"]["value"] == pytest.approx(1 / IMAGES)
    assert pooling["entries"][1]["difference"]["value"] == pytest.approx(-2 / IMAGES)
