"""Labels that were predicted anywhere, scored: each system's accuracy, and which of two systems is right more often.

::

    report = score_labels(["sea", "forest"], {"mine": ["sea", "sea"], "theirs": ["sea", "forest"]})
    report.systems[0].accuracy.value          # 0.5
    report.pairs[0].accuracy_difference.p     # is the difference more than chance?

    accuracy         right / all, with Wilson's 95 % interval
    top-k accuracy   the share whose label is among the first k different candidates

Labels are compared without the white space around them. An image for which nothing was predicted is wrong.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from dlhw.cnn.class_scores import ClassScores, class_means, class_scores
from dlhw.errors import check_at_least, check_whole
from dlhw.learning.intervals import Estimate
from dlhw.learning.resampling import RESAMPLES
from dlhw.learning.system_rates import Pair, Rate, SystemRates, candidate_lists, check_rows, listed_texts

CONFUSIONS_AT_MOST = 100
MATRIX_AT_MOST = 100
"""Up to so many classes the whole confusion matrix is reported; beyond, the most frequent mistakes."""

PROPOSALS = 3
RATES = (
    Rate("accuracy", "images", share=True),
    Rate("top_k_accuracy", "images", share=True),
)
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


@dataclass(frozen=True, kw_only=True)
class SystemLabels:
    """How often one system is right."""

    name: str
    accuracy: Estimate
    top_k_accuracy: Estimate
    classes: tuple[ClassScores, ...]
    confusions: tuple[tuple[str, str, int], ...]
    """(label, predicted, images), the most frequent mistakes first; predicted is empty where nothing was."""

    confusion: list[list[int]] | None
    """A row for each true class, a column for each predicted one; ``None`` beyond 100 classes."""

    unknown_labels: tuple[str, ...]
    """Labels that were predicted and that the truth does not have: perhaps another spelling."""

    def as_document(self, k: int) -> dict[str, Any]:
        """An entry of ``systems`` in the document of ``dlhw cnn score``."""
        return {
            "predictions": self.name,
            "accuracy": asdict(self.accuracy),
            "top_k_accuracy": {"k": k, **asdict(self.top_k_accuracy)},
            "classes": [asdict(one) for one in self.classes],
            "mean": class_means(self.classes),
            "confusion": self.confusion,
            "confusions": [
                {"label": label, "predicted": predicted, "count": count}
                for label, predicted, count in self.confusions[:CONFUSIONS_AT_MOST]
            ],
            "unknown_labels": list(self.unknown_labels),
        }


@dataclass(frozen=True, kw_only=True)
class LabelReport:
    """All scores of several systems on the same images."""

    images: int
    k: int
    candidates: int
    """The most that any image has."""

    groups: int | None
    class_names: tuple[str, ...]
    systems: tuple[SystemLabels, ...]
    pairs: tuple[Pair, ...]
    """Accuracies of A minus those of B: above 0, A is right more often."""

    def warnings(self) -> list[str]:
        """What a person should know before quoting a rate."""
        if self.candidates > self.k:
            return [f"some images have {self.candidates} candidates, and {self.k} are looked at: `k` says how many"]
        return []

    def as_document(self) -> dict[str, Any]:
        """The rates in the document of ``dlhw cnn score``."""
        names = [system.name for system in self.systems]
        return {
            "images": self.images,
            "k": self.k,
            "class_names": list(self.class_names),
            "systems": [system.as_document(self.k) for system in self.systems],
            "pairs": [pair.as_document(names, {"top_k_accuracy": self.k}) for pair in self.pairs],
        }


class LabelScorer:
    """Scores labels that come in parts, in memory that grows with the classes alone.

    Args:
        systems: their names.
        k: how many candidates top-k accuracy looks at.
        grouped: whether rows come with groups, which are resampled instead of images.

    Raises:
        UsageError: k is below 1.
    """

    def __init__(self, systems: Sequence[str], *, k: int = PROPOSALS, grouped: bool = False) -> None:
        check_at_least(1, k=check_whole("k", k))
        self._systems = tuple(systems)
        self._k = k
        self._rows = 0
        self._candidates = 0
        self._counts: list[Counter[tuple[str, str]]] = [Counter() for _ in systems]
        self._rates = SystemRates(len(systems), RATES, grouped=grouped)

    def add(
        self, labels: Sequence[str], candidates: Sequence[Sequence[Sequence[str]]], *, groups: Sequence[str] = ()
    ) -> None:
        """Add images: the label of each, and for each system its candidates, the best first, none for nothing."""
        true = [label.strip() for label in labels]
        rates = []
        for system, rows in enumerate(candidates):
            lists = [tuple(dict.fromkeys(label.strip() for label in row)) for row in rows]
            firsts = [row[0] if row else "" for row in lists]
            self._counts[system].update(zip(true, firsts, strict=True))
            self._candidates = max(self._candidates, max(map(len, lists), default=0))
            ranks = [row.index(label) if label in row else -1 for label, row in zip(true, lists, strict=True)]
            place = np.array(ranks, dtype=np.int64)
            within = (place >= 0) & (place < self._k)
            rates.append({"accuracy": (place == 0).astype(np.int64), "top_k_accuracy": within.astype(np.int64)})
        self._rates.add({"images": np.ones(len(true), dtype=np.int64)}, rates, groups)
        self._rows += len(true)

    def report(self, *, seed: int = 42, resamples: int = RESAMPLES) -> LabelReport:
        """What was found.

        Args:
            seed: of the bootstrap.
            resamples: how many samples it draws.

        Raises:
            UsageError: fewer than 100 samples, too few for a 95 % interval.
        """
        rates, pairs = self._rates.measure(seed=seed, resamples=resamples)
        true = {label for counts in self._counts[:1] for label, _ in counts}
        called = {label for counts in self._counts for _, label in counts if label}
        names = tuple(sorted(true | called, key=_natural))
        return LabelReport(
            images=self._rows,
            k=max(1, min(self._k, self._candidates)),
            candidates=self._candidates,
            groups=self._rates.groups,
            class_names=names,
            systems=tuple(self._labels(place, one, names, true) for place, one in enumerate(rates)),
            pairs=pairs,
        )

    def _labels(self, place: int, rates: dict[str, Estimate], names: tuple[str, ...], true: set[str]) -> SystemLabels:
        counts = self._counts[place]
        support: Counter[str] = Counter()
        called: Counter[str] = Counter()
        for (label, predicted), count in counts.items():
            support[label] += count
            called[predicted] += count
        mistakes = [(label, predicted, count) for (label, predicted), count in counts.items() if label != predicted]
        return SystemLabels(
            name=self._systems[place],
            **rates,
            classes=tuple(
                class_scores(name, right=counts[name, name], support=support[name], called=called[name])
                for name in names
            ),
            confusions=tuple(sorted(mistakes, key=lambda one: (-one[2], one[0], one[1]))),
            confusion=[[counts[row, column] for column in names] for row in names]
            if len(names) <= MATRIX_AT_MOST
            else None,
            unknown_labels=tuple(name for name in names if called[name] and name not in true),
        )


def score_labels(
    labels: Sequence[str],
    predictions: Mapping[str, Sequence[str | Sequence[str]]],
    *,
    groups: Sequence[str] | None = None,
    k: int = PROPOSALS,
    seed: int = 42,
    resamples: int = RESAMPLES,
) -> LabelReport:
    """Score the labels that one system or several predicted, with 95 % intervals and paired differences.

    Args:
        labels: what is right, (n,).
        predictions: what each system predicted, by its name: n labels, or n lists of candidates, the best first.
        groups: of each image, as the place it was taken at: groups are then resampled instead of images.
        k: how many candidates top-k accuracy looks at.
        seed: of the bootstrap.
        resamples: how many samples it draws.

    Raises:
        DataError: there are no labels, not as many predictions, or groups, as labels, or something is no text.
        UsageError: k is below 1, or there are fewer than 100 resamples.
    """
    labels = listed_texts(labels, "`labels`")
    candidates = candidate_lists(predictions, "labels", len(labels))
    together = None if groups is None else listed_texts(groups, "`groups`")
    if together is not None:
        check_rows(together, "`groups`", "labels", len(labels))
    scorer = LabelScorer(tuple(predictions), k=k, grouped=groups is not None)
    scorer.add(labels, candidates, groups=together or ())
    return scorer.report(seed=seed, resamples=resamples)


def _natural(label: str) -> tuple[bool, float, str]:
    """Numbers by their size and before words."""
    return (False, float(label), label) if _NUMBER.fullmatch(label) else (True, 0.0, label)
