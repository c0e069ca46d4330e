"""Does a confidence of 0.9 mean right nine times of ten?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

BINS = 15


@dataclass(frozen=True, kw_only=True)
class Bin:
    """Words whose confidence lies in (low, high]; the first bin holds 0 as well."""

    low: float
    high: float
    words: int
    confidence: float | None
    """Their mean; ``None`` for an empty bin."""

    accuracy: float | None
    """The share of them that is exactly right; ``None`` for an empty bin."""


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """The expected calibration error and what a reliability diagram is drawn from."""

    error: float | None
    """Σ over bins of (words in it / all words) · |accuracy − mean confidence|; ``None`` without words."""

    bins: tuple[Bin, ...]


def calibrate(confidences: ArrayLike, correct: ArrayLike, *, bins: int = BINS) -> Calibration:
    """Compare confidences with how often they were right, in bins of equal width.

    Guo et al. 2017, On Calibration of Modern Neural Networks (arXiv:1706.04599), equation 3, with their 15 bins.

    Args:
        confidences: probabilities in [0, 1], (n,).
        correct: whether each word was exactly right, (n,).
        bins: how many parts [0, 1] is cut into.

    Raises:
        ValueError: a confidence is not in [0, 1].
    """
    p = np.asarray(confidences, dtype=np.float64)
    right = np.asarray(correct, dtype=bool)
    if p.shape != right.shape:
        raise ValueError(f"as many confidences as verdicts are needed, got {p.shape} and {right.shape}")
    if not ((p >= 0) & (p <= 1)).all():  # NaN fails both
        raise ValueError("a confidence is a probability from 0 to 1")
    edges = np.linspace(0, 1, bins + 1)
    places = np.searchsorted(edges[1:-1], p, side="left")  # the right edge belongs to the bin
    rows = [_bin(edges[i : i + 2].tolist(), p[places == i].tolist(), right[places == i].tolist()) for i in range(bins)]
    gaps = [
        row.words * abs(row.accuracy - row.confidence)
        for row in rows
        if row.accuracy is not None and row.confidence is not None
    ]
    return Calibration(error=sum(gaps) / len(p) if len(p) else None, bins=tuple(rows))


def _bin(edges: Sequence[float], confidences: Sequence[float], correct: Sequence[bool]) -> Bin:
    words = len(confidences)
    return Bin(
        low=edges[0],
        high=edges[1],
        words=words,
        confidence=sum(confidences) / words if words else None,
        accuracy=sum(correct) / words if words else None,
    )
