"""How well each class is distinguished from the others, from counts alone.

::

    precision    of the images given the label, the correct share        TP / (TP + FP)
    recall       of the images of the class, the share given its label   TP / (TP + FN)
    F1           their harmonic mean                                     2 TP / (2 TP + FP + FN)

A share with nothing to divide by is ``None``, and the means over the classes leave it out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class ClassScores:
    """How well one class was distinguished from the others."""

    name: str
    precision: float | None
    recall: float | None
    f1: float | None
    support: int
    """Images of this class."""


def class_scores(name: str, *, right: int, support: int, called: int) -> ClassScores:
    """The scores of a class.

    Args:
        right: images of this class that were called so.
        support: images of this class.
        called: images that were called so, of any class.
    """
    return ClassScores(
        name=name,
        precision=_share(right, called),
        recall=_share(right, support),
        f1=_share(2 * right, support + called),
        support=support,
    )


def class_means(classes: Sequence[ClassScores]) -> dict[str, float | None]:
    """The unweighted mean of each score over the classes that have it."""
    return {name: _mean([getattr(scores, name) for scores in classes]) for name in ("precision", "recall", "f1")}


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
