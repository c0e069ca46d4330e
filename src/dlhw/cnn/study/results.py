"""What the trainings of a study come to: an accuracy a variant, and differences with intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import mean, stdev
from typing import Any

import numpy as np

from dlhw.cnn.study.variants import COMPARISONS
from dlhw.learning.intervals import NO_DIFFERENCE, Difference, paired_bootstrap, wilson

Outcome = Mapping[str, Any]
"""Of one training, from :meth:`dlhw.cnn.study.trial.StudyTrial.train`."""


@dataclass(frozen=True, kw_only=True)
class Accuracy:
    """On the test images, after the last epoch."""

    value: float | None
    """The mean of the trainings that finished; ``None`` where all diverged."""

    n: int
    """How many those are."""

    deviation: float | None
    """The sample standard deviation over them; ``None`` for fewer than two."""

    low: float | None
    """Of Wilson's 95 % interval, which knows only of the test images; ``None`` unless n = 1."""

    high: float | None


def accuracy(outcomes: Sequence[Outcome], test_images: int) -> Accuracy:
    """The accuracy of a variant over its trainings."""
    values = [outcome["test_accuracy"] for outcome in outcomes if outcome["status"] == "finished"]
    if not values:
        return Accuracy(value=None, n=0, deviation=None, low=None, high=None)
    if len(values) > 1:
        return Accuracy(value=mean(values), n=len(values), deviation=stdev(values), low=None, high=None)
    share = wilson(round(values[0] * test_images), test_images)
    return Accuracy(value=share.value, n=1, deviation=None, low=share.low, high=share.high)


def difference(first: Sequence[Outcome], second: Sequence[Outcome], test_images: int) -> Difference:
    """The accuracy of one variant minus another's, image by image, with a 95 % interval.

    Both look at the same test images, and what is hard for both cancels. An image counts by the share of the
    trainings that mistook it; the interval is over images, and does not know how other seeds would have fared.
    """
    errors = [_error_rates(outcomes, test_images) for outcomes in (first, second)]
    if errors[0] is None or errors[1] is None:
        return NO_DIFFERENCE
    return paired_bootstrap(errors[1], errors[0], np.ones(test_images))  # fewer errors are more accuracy


def compare(outcomes: Sequence[Outcome], names: tuple[str, ...], test_images: int) -> list[dict[str, Any]]:
    """``comparisons`` of the document of ``dlhw cnn study``."""
    of = {name: [outcome for outcome in outcomes if outcome["variant"] == name] for name in names}
    return [
        {
            "name": comparison.name,
            "question": comparison.question,
            "cost": comparison.cost,
            "entries": [
                {
                    "variant": entry.variant,
                    "label": entry.label,
                    "against": entry.against,
                    "difference": None
                    if entry.against is None
                    else asdict(difference(of[entry.variant], of[entry.against], test_images)),
                }
                for entry in entries
            ],
        }
        for comparison in COMPARISONS
        if len(entries := comparison.among(names)) > 1
    ]


def _error_rates(outcomes: Sequence[Outcome], test_images: int) -> np.ndarray[tuple[int], Any] | None:
    """(test images,): the share of the finished trainings that mistook each."""
    finished = [outcome["mistaken"] for outcome in outcomes if outcome["status"] == "finished"]
    if not finished:
        return None
    counts = sum(np.bincount(np.array(mistaken, dtype=np.int64), minlength=test_images) for mistaken in finished)
    return np.asarray(counts / len(finished))
