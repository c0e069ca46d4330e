"""How well a network tells landscapes apart: accuracy with its interval, and the confusion matrix.

::

    accuracy     right / all, with Wilson's 95 % interval

The scores of each class are those of :mod:`dlhw.cnn.class_scores`.
"""

from __future__ import annotations

import csv
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlhw.cnn.class_scores import ClassScores, class_means, class_scores
from dlhw.cnn.classifier import Classifier
from dlhw.cnn.data import Split
from dlhw.errors import DataError
from dlhw.learning.intervals import Estimate, wilson
from dlhw.learning.parallel import ALONE, Ranks
from dlhw.plurals import counted


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """What a network made of labelled images."""

    class_names: tuple[str, ...]
    labels: NDArray[np.int64]
    """(N,) places in ``class_names``."""

    log_probabilities: NDArray[np.float64]
    """(N, classes)"""

    def __repr__(self) -> str:
        accuracy = "–" if self.accuracy.value is None else f"{self.accuracy.value:.4f}"
        return f"Evaluation({counted(len(self.labels), 'image')}, accuracy {accuracy})"

    @property
    def predicted(self) -> NDArray[np.int64]:
        """The likeliest class of each image, (N,)."""
        return np.asarray(self.log_probabilities.argmax(1))

    @property
    def confidences(self) -> NDArray[np.float64]:
        """The probability of the likeliest class, (N,)."""
        return np.asarray(np.exp(self.log_probabilities.max(1)))

    @property
    def confusion(self) -> NDArray[np.int64]:
        """(classes, classes) counts: row i, column j holds the images of class i that were taken for class j."""
        count = len(self.class_names)
        return np.bincount(self.labels * count + self.predicted, minlength=count**2).reshape(count, count)

    @property
    def accuracy(self) -> Estimate:
        return wilson(int((self.predicted == self.labels).sum()), len(self.labels))

    @property
    def cross_entropy(self) -> float:
        """Mean of −log P(class | image), in nats."""
        return float(-self.log_probabilities[np.arange(len(self.labels)), self.labels].mean())

    @property
    def classes(self) -> list[ClassScores]:
        """The scores of each class, in order."""
        confusion = self.confusion
        counts = zip(self.class_names, confusion.diagonal(), confusion.sum(1), confusion.sum(0), strict=True)
        return [
            class_scores(name, right=int(right), support=int(support), called=int(called))
            for name, right, support, called in counts
        ]

    @property
    def mistakes(self) -> NDArray[np.int64]:
        """Places of the images that were taken for another class, those with the most confidence first."""
        wrong = np.flatnonzero(self.predicted != self.labels)
        return wrong[np.argsort(-self.confidences[wrong], kind="stable")]

    def as_document(self) -> dict[str, Any]:
        """The rates in the document of ``dlhw cnn eval``."""
        classes = self.classes
        return {
            "images": len(self.labels),
            "correct": int((self.predicted == self.labels).sum()),
            "accuracy": asdict(self.accuracy),
            "cross_entropy": self.cross_entropy,
            "classes": [asdict(scores) for scores in classes],
            "mean": class_means(classes),
            "confusion": self.confusion.tolist(),
        }


def evaluate(classifier: Classifier, split: Split, *, ranks: Ranks = ALONE) -> Evaluation:
    """Let a network look at labelled images, whose labels are places in its class names; the ranks share them."""
    return Evaluation(
        class_names=classifier.class_names,
        labels=split.labels.cpu().numpy(),
        log_probabilities=classifier.log_probabilities(split.images, ranks=ranks).numpy(),
    )


def write_confusion(path: Path, evaluation: Evaluation) -> None:
    """Write the confusion matrix as CSV: a row for each true class, a column for each predicted one.

    Raises:
        DataError: the file cannot be written.
    """
    names = evaluation.class_names
    rows = [[name, *map(int, row)] for name, row in zip(names, evaluation.confusion, strict=True)]
    _write(path, [["true \\ predicted", *names], *rows])


def write_predictions(path: Path, evaluation: Evaluation) -> None:
    """Write every image as a row of CSV: its place, its class, the predicted class, and all probabilities.

    Raises:
        DataError: the file cannot be written.
    """
    names = evaluation.class_names
    heading = ["index", "label", "predicted", "correct", *(f"probability_{name}" for name in names)]
    rows = [
        [index, names[label], names[predicted], int(label == predicted), *(f"{p:.6g}" for p in probabilities)]
        for index, (label, predicted, probabilities) in enumerate(
            zip(evaluation.labels, evaluation.predicted, np.exp(evaluation.log_probabilities), strict=True)
        )
    ]
    _write(path, [heading, *rows])


def _write(path: Path, rows: list[list[Any]]) -> None:
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)
    except OSError as error:
        raise DataError(f"{path} cannot be written: {error.strerror}", "give another file") from error
