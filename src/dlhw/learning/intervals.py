"""How far a measured rate may be from the true one: 95 % intervals for one system and for the difference of two."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dlhw.learning.resampling import RESAMPLES, Sample, resampled_ratios, sample_of

COVERAGE = 0.95
Z = 1.959963984540054
"""The 97.5 % quantile of the normal distribution."""


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

    at_limit: bool = False
    """No resample turned the sign, so that p is the least that so many resamples can tell: read it as ≤ p."""


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
    sample = sample_of(numerators, denominators)
    return estimate(sample, *resampled_ratios([sample], seed=seed, resamples=resamples))


def estimate(sample: Sample, ratios: NDArray[np.float64]) -> Estimate:
    """A ratio with the percentile interval of its resampled ratios."""
    value = sample.ratio
    if value is None:
        return NO_ESTIMATE
    low, high = _percentiles(ratios)
    return Estimate(value=value, low=low, high=high)


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
    sample = sample_of(gaps, denominators)
    return difference(sample, *resampled_ratios([sample], seed=seed, resamples=resamples))


def difference(sample: Sample, ratios: NDArray[np.float64]) -> Difference:
    """A difference of two rates, whose numerators are the examples' differences, from its resampled ratios."""
    value = sample.ratio
    if value is None:
        return NO_DIFFERENCE
    low, high = _percentiles(ratios)
    tail = int(min(np.count_nonzero(ratios <= 0), np.count_nonzero(ratios >= 0)))
    p = min(1.0, 2 * (tail + 1) / (len(ratios) + 1))
    return Difference(value=value, low=low, high=high, p=p, at_limit=tail == 0)


def holm(probabilities: Sequence[float | None]) -> list[float | None]:
    """Holm's adjusted p of several tests: the chance of even one false alarm among all of them stays below it.

    The smallest p is multiplied by the number m of tests, the next by m − 1, and so on; none becomes smaller than the
    one before, nor larger than 1. Holm 1979, Scand. J. Statist. 6, 65.

    Args:
        probabilities: of each test; ``None`` for one that could not be made, which counts as no test.
    """
    order = sorted((p, place) for place, p in enumerate(probabilities) if p is not None)
    adjusted: list[float | None] = [None] * len(probabilities)
    largest = 0.0
    for rank, (p, place) in enumerate(order):
        largest = max(largest, min(1.0, p * (len(order) - rank)))
        adjusted[place] = largest
    return adjusted


def _percentiles(values: NDArray[np.float64]) -> tuple[float | None, float | None]:
    if not len(values):
        return None, None
    low, high = np.quantile(values, [(1 - COVERAGE) / 2, (1 + COVERAGE) / 2])
    return float(low), float(high)
