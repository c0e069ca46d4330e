from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlhw.cnn.data import Landscapes
from dlhw.cnn.evaluation import Evaluation, evaluate, write_confusion, write_predictions
from dlhw.cnn.task import loss_and_accuracy
from dlhw.errors import DataError
from tests.cnn.networks import classifier, random_network


def called(labels: list[int], predicted: list[int], classes: int = 3, sure: float = 0.9) -> Evaluation:
    """An evaluation of which the predictions are known."""
    probabilities = np.full((len(labels), classes), (1 - sure) / (classes - 1))
    probabilities[np.arange(len(labels)), predicted] = sure
    return Evaluation(
        class_names=tuple("abcdef"[:classes]), labels=np.array(labels), log_probabilities=np.log(probabilities)
    )


def test_scores_by_hand() -> None:
    found = called([0, 0, 0, 1, 1], [0, 0, 1, 1, 0])
    assert found.confusion.tolist() == [[2, 1, 0], [1, 1, 0], [0, 0, 0]]
    a, b, c = found.classes
    assert (a.precision, a.recall, a.support) == (2 / 3, 2 / 3, 3)
    assert a.f1 == pytest.approx(2 / 3)
    assert (b.precision, b.recall, b.f1, b.support) == (0.5, 0.5, 0.5, 2)
    assert (c.precision, c.recall, c.f1, c.support) == (None, None, None, 0)
    assert found.accuracy.value == 0.6
    document = found.as_document()
    assert document["mean"]["recall"] == pytest.approx((2 / 3 + 0.5) / 2), "without the class that has no images"
    assert (document["images"], document["correct"]) == (5, 3)
    assert document["cross_entropy"] == pytest.approx(-(3 * np.log(0.9) + 2 * np.log(0.05)) / 5)


def test_a_class_that_is_never_called_has_no_precision_but_an_f1_of_0() -> None:
    found = called([0, 1], [0, 0], classes=2).classes[1]
    assert (found.precision, found.recall, found.f1) == (None, 0.0, 0.0)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=30))
def test_the_parts_agree(pairs: list[tuple[int, int]]) -> None:
    labels, predicted = [list(side) for side in zip(*pairs, strict=True)]
    found = called(labels, predicted)
    confusion = found.confusion
    assert confusion.sum() == len(pairs)
    assert confusion.trace() == found.as_document()["correct"] == len(pairs) - len(found.mistakes)
    assert [scores.support for scores in found.classes] == confusion.sum(1).tolist()
    for scores in found.classes:
        if scores.precision and scores.recall:
            assert scores.f1 == pytest.approx(2 / (1 / scores.precision + 1 / scores.recall))


def test_the_surest_mistakes_come_first() -> None:
    probabilities = np.array([[0.6, 0.4], [0.1, 0.9], [0.8, 0.2], [0.3, 0.7]])
    found = Evaluation(class_names=("a", "b"), labels=np.array([1, 1, 1, 0]), log_probabilities=np.log(probabilities))
    assert found.mistakes.tolist() == [2, 3, 0]
    assert found.confidences[found.mistakes].tolist() == pytest.approx([0.8, 0.7, 0.6])


def test_it_is_the_accuracy_of_training(tiny: Landscapes) -> None:
    network = random_network()
    loss, accuracy = loss_and_accuracy(network, tiny.test)
    found = evaluate(classifier(network), tiny.test)
    assert found.accuracy.value == accuracy
    assert found.cross_entropy == pytest.approx(loss, rel=1e-5)


def test_the_matrix_as_csv(tmp_path: Path) -> None:
    path = tmp_path / "confusion.csv"
    write_confusion(path, called([0, 0, 1], [0, 1, 1], classes=2))
    assert path.read_text() == "true \\ predicted,a,b\na,1,1\nb,0,1\n"


def test_predictions_as_csv(tmp_path: Path, tiny: Landscapes) -> None:
    path = tmp_path / "predictions.csv"
    found = evaluate(classifier(), tiny.test)
    write_predictions(path, found)
    rows = list(csv.DictReader(path.read_text().splitlines()))
    assert [int(row["index"]) for row in rows] == list(range(12))
    for row, label in zip(rows, tiny.test.labels.tolist(), strict=True):
        shares = {name: float(row[f"probability_{name}"]) for name in tiny.class_names}
        assert max(shares, key=lambda name: shares[name]) == row["predicted"]
        assert row["label"] == tiny.class_names[label]
        assert int(row["correct"]) == (row["label"] == row["predicted"])
        assert sum(shares.values()) == pytest.approx(1, abs=1e-4)


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be written"):
        write_confusion(tmp_path, called([0], [0]))
