from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlhw.cnn.evaluation import Evaluation
from dlhw.cnn.scoring import score_labels
from dlhw.errors import DataError, UsageError
from dlhw.learning.intervals import paired_bootstrap, wilson

NAMES = ("forest", "sea", "street")
labels = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=30)


@given(labels)
def test_figures_are_those_of_cnn_eval(rows: list[tuple[int, int, int]]) -> None:
    true, first, second = ([NAMES[row[place]] for row in rows] for place in range(3))
    report = score_labels(true, {"a": first, "b": second})
    for place, system in enumerate(report.systems, 1):
        predicted = np.array([row[place] for row in rows])
        own = Evaluation(
            class_names=NAMES,
            labels=np.array([row[0] for row in rows]),
            log_probabilities=np.where(predicted[:, None] == np.arange(3), 0.0, -9.0),
        )
        assert system.accuracy == own.accuracy
        known = {scores.name: scores for scores in own.classes}
        assert list(system.classes) == [known[name] for name in report.class_names]
        if report.class_names == NAMES:
            assert system.confusion == own.confusion.tolist()
        mistakes = Counter((a, b) for a, b in zip(true, (first, second)[place - 1], strict=True) if a != b)
        assert {(a, b): n for a, b, n in system.confusions} == mistakes
    right = [[a == b for a, b in zip(true, read, strict=True)] for read in (first, second)]
    found = report.pairs[0].differences["accuracy"]
    assert found == paired_bootstrap(np.array(right[0], float), np.array(right[1], float), np.ones(len(true)), seed=42)
    json.dumps(report.as_document(), allow_nan=False)


def test_candidates_are_looked_at_in_their_order() -> None:
    report = score_labels(["sea", "sea", "sea"], {"a": [["sea", "x"], ["x", "x", "sea"], ["x", "y", "sea"]]}, k=2)
    (system,) = report.systems
    assert system.accuracy == wilson(1, 3)
    assert system.top_k_accuracy == wilson(2, 3), "a label that is repeated counts once"
    assert system.unknown_labels == ("x",)


def test_what_was_not_predicted_is_wrong_and_no_class() -> None:
    report = score_labels(["sea", "sea ", "10", "9"], {"a": [["sea"], [], [" 10"], ["9"]]})
    (system,) = report.systems
    assert system.accuracy.value == 0.75
    assert report.class_names == ("9", "10", "sea"), "numbers by size, and before words"
    assert system.confusions == (("sea", "", 1),)
    assert [one.recall for one in system.classes] == [1, 1, 0.5]


def test_groups_are_resampled_whole() -> None:
    right = np.random.default_rng(0).random(60) < 0.6
    read = ["sea" if right[place // 8] else "street" for place in range(480)]
    places = [str(place // 8) for place in range(480)]
    alone = score_labels(["sea"] * 480, {"a": read}).systems[0].accuracy
    together = score_labels(["sea"] * 480, {"a": read}, groups=places).systems[0].accuracy
    assert None not in (alone.low, alone.high, together.low, together.high)
    assert (together.high - together.low) / (alone.high - alone.low) == pytest.approx(8**0.5, rel=0.2)  # type: ignore[operator]


def test_many_classes_have_no_matrix_and_labels_may_be_nan() -> None:
    names = [str(place) for place in range(101)]
    assert score_labels(names, {"a": names}).systems[0].confusion is None
    assert score_labels(["nan", "1"], {"a": ["inf", "1"]}).class_names == ("1", "inf", "nan")


def test_what_cannot_be_asked_for() -> None:
    with pytest.raises(DataError, match="`predictions` of a has 2 rows, and there are 1 labels"):
        score_labels(["x"], {"a": ["x", "y"]})
    with pytest.raises(UsageError, match="`k` must be 1"):
        score_labels(["x"], {"a": ["x"]}, k=0)
    assert "3 candidates, and 2" in score_labels(["x"], {"a": [["x", "y", "z"]]}, k=2).warnings()[0]
