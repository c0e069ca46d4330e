"""How far a measured rate may be from the true one: 95 % intervals for one system and for the difference of two."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

RESAMPLES = 1000
COVERAGE = 0.95
Z = 1.959963984540054
"""The 97.5 % quantile of the normal distribution."""

INDICES_AT_ONCE = 2**22
"""Of resampled examples, which bounds the memory: 32 MiB."""


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A rate and its 95 % interval; all three are ``None`` where there is nothing to divide by."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A system's rate minus another's on the same examples; all are ``None`` where there is nothing to divide by."""

    value: float | None
    """Below 0, the first system makes fewer errors."""

    low: float | None
    high: float | None
    p: float | None
    """Two-sided: how easily resampling turns the difference's sign. At least 2 / (resamples + 1)."""


NO_ESTIMATE = Estimate(value=None, low=None, high=None)
NO_DIFFERENCE = Difference(value=None, low=None, high=None, p=None)


def wilson(successes: int, trials: int) -> Estimate:
    """A share with Wilson's score interval, which stays within [0, 1] and is sound for small samples.

    (p̂ + z²/2n ± z √(p̂(1 − p̂)/n + z²/4n²)) / (1 + z²/n). Wilson 1927, J. Am. Stat. Assoc. 22, 209.
    """
    if trials == 0:
        return NO_ESTIMATE
    share = successes / trials
    scale = 1 + Z**2 / trials
    middle = (share + Z**2 / (2 * trials)) / scale
    half = Z / scale * math.sqrt(share * (1 - share) / trials + Z**2 / (4 * trials**2))
    # At 0 and at 1 a bound is the share itself, but for rounding.
    return Estimate(value=share, low=min(share, max(0.0, middle - half)), high=max(share, min(1.0, middle + half)))


def bootstrap_ratio(
    numerators: ArrayLike, denominators: ArrayLike, *, seed: int = 0, resamples: int = RESAMPLES
) -> Estimate:
    """Σ numerators / Σ denominators with the bootstrap's percentile interval over examples.

    Args:
        numerators: of each example, (n,), as a word's edit distance.
        denominators: of each example, (n,), as its reference's length.
        seed: of the resampling.
        resamples: how many samples of n examples are drawn with replacement.
    """
    top, bottom = np.asarray(numerators, dtype=np.float64), np.asarray(denominators, dtype=np.float64)
    if bottom.sum() == 0:
        return NO_ESTIMATE
    ratios = _resampled(top, bottom, seed=seed, resamples=resamples)
    low, high = _percentiles(ratios)
    return Estimate(value=float(top.sum() / bottom.sum()), low=low, high=high)


def paired_bootstrap(
    first: ArrayLike, second: ArrayLike, denominators: ArrayLike, *, seed: int = 0, resamples: int = RESAMPLES
) -> Difference:
    """Σ first / Σ denominators − Σ second / Σ denominators, both resampled by the same examples.

    The difference is taken example by example, so that one that is hard for both systems adds no noise. Efron and
    Tibshirani, An Introduction to the Bootstrap (1993), chapters 13 and 16; p is twice the smaller share of resampled
    differences on either side of zero, each side counting one more than was seen, so that p is never 0.

    Args:
        first: numerators of the first system, (n,).
        second: numerators of the second on the same examples, (n,).
        denominators: of each example, (n,); ones for a share of examples.
        seed: of the resampling.
        resamples: how many samples of n examples are drawn with replacement.
    """
    gaps = np.asarray(first, dtype=np.float64) - np.asarray(second, dtype=np.float64)
    bottom = np.asarray(denominators, dtype=np.float64)
    if bottom.sum() == 0:
        return NO_DIFFERENCE
    differences = _resampled(gaps, bottom, seed=seed, resamples=resamples)
    low, high = _percentiles(differences)
    tail = min(np.count_nonzero(differences <= 0), np.count_nonzero(differences >= 0))
    p = min(1.0, 2 * (int(tail) + 1) / (len(differences) + 1))
    return Difference(value=float(gaps.sum() / bottom.sum()), low=low, high=high, p=p)


def _resampled(
    numerators: NDArray[np.float64], denominators: NDArray[np.float64], *, seed: int, resamples: int
) -> NDArray[np.float64]:
    """Ratios of resampled sums, (resamples,); the few samples with nothing to divide by are left out."""
    tops, bottoms = [], []
    for indices in _samples(len(numerators), seed=seed, resamples=resamples):  # (r, n)
        tops.append(numerators[indices].sum(axis=1))
        bottoms.append(denominators[indices].sum(axis=1))
    top, bottom = np.concatenate(tops), np.concatenate(bottoms)
    usable = bottom > 0
    return np.asarray(top[usable] / bottom[usable])


def _samples(examples: int, *, seed: int, resamples: int) -> Iterator[NDArray[np.int64]]:
    generator = np.random.default_rng(seed)
    rows = max(1, INDICES_AT_ONCE // examples)
    for first in range(0, resamples, rows):
        yield generator.integers(examples, size=(min(rows, resamples - first), examples))


def _percentiles(values: NDArray[np.float64]) -> tuple[float | None, float | None]:
    if not len(values):
        return None, None
    low, high = np.quantile(values, [(1 - COVERAGE) / 2, (1 + COVERAGE) / 2])
    return float(low), float(high)
