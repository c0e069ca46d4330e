"""The bootstrap's samples: sums over examples drawn with replacement, of ten examples or of ten million.

Indices are drawn where examples are few. Where they are many, those with the same numerator and denominator are
counted, and how often each kind is drawn follows a multinomial distribution: exactly what drawing indices comes to,
at a cost that depends on the number of kinds. Ten million words have a few hundred.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

RESAMPLES = 1000
AS_ROWS = 2**12
"""Examples up to which indices are always drawn: 4,096."""

ROWS_AT_MOST = 2**16
"""Examples beyond which kinds are always counted: 65,536. In between it is what costs less."""

KIND_COST = 64
"""How many times as much a kind costs as an example, some 20, times the rates that share the draws of examples."""

AT_ONCE = 2**16
"""Of resampled examples or kinds: half a mebibyte an array, which stays in the processor's cache."""

_DENOMINATOR_BITS = 32


@dataclass(frozen=True, kw_only=True, eq=False)
class Sample:
    """Numerators and denominators of a ratio of sums, an example or a kind of example an entry."""

    numerators: NDArray[np.float64]
    denominators: NDArray[np.float64]
    counts: NDArray[np.int64] | None = None
    """How many examples are of each kind; ``None`` where each entry is an example."""

    @property
    def ratio(self) -> float | None:
        """Σ numerators / Σ denominators; ``None`` where there is nothing to divide by."""
        weights = np.ones(len(self.numerators)) if self.counts is None else self.counts
        bottom = float(weights @ self.denominators)
        return float(weights @ self.numerators) / bottom if bottom else None


def sample_of(numerators: ArrayLike, denominators: ArrayLike) -> Sample:
    """Examples as they are, or counted by kind where there are many.

    Args:
        numerators: of each example, (n,).
        denominators: of each example, (n,).
    """
    top, bottom = np.asarray(numerators, dtype=np.float64), np.asarray(denominators, dtype=np.float64)
    rows = Sample(numerators=top, denominators=bottom)
    if len(top) <= AS_ROWS:
        return rows
    kinds, counts = np.unique(np.stack([top, bottom]), axis=1, return_counts=True)
    counted = Sample(numerators=kinds[0], denominators=kinds[1], counts=counts)
    return counted if _pays(len(counts), len(top)) else rows


def _pays(kinds: int, examples: int) -> bool:
    """Whether it costs less to draw kinds than to draw examples."""
    return examples > ROWS_AT_MOST or kinds * KIND_COST < examples


class Tally:
    """Whole numerators and denominators of examples that come in parts: rows while few, counted kinds once many.

    Its memory grows with the number of different (numerator, denominator) pairs, not with that of examples.
    """

    def __init__(self) -> None:
        self._parts: list[NDArray[np.int64]] = []
        self._rows = 0
        self._kinds: NDArray[np.int64] | None = None
        self._counts = np.zeros(0, dtype=np.int64)

    def add(self, numerators: NDArray[np.int64], denominators: NDArray[np.int64]) -> None:
        """Add examples: numerators of 31 bits and a sign, denominators from 0 to 2³² − 1, (n,) each."""
        self._parts.append((numerators << _DENOMINATOR_BITS) | denominators)
        self._rows += len(numerators)
        # Not for each part, so that many kinds are not sorted again and again.
        if self._rows > max(ROWS_AT_MOST, len(self._counts)):
            self._count()

    def sample(self) -> Sample:
        """All examples so far."""
        keys, counts = np.concatenate([np.zeros(0, dtype=np.int64), *self._parts]), None
        if self._kinds is not None:
            if self._rows:
                self._count()
            keys, counts = self._kinds, self._counts
        elif len(keys) > AS_ROWS:
            kinds, times = np.unique(keys, return_counts=True)
            if _pays(len(kinds), len(keys)):
                keys, counts = kinds, times
        return Sample(
            numerators=(keys >> _DENOMINATOR_BITS).astype(np.float64),
            denominators=(keys & (2**_DENOMINATOR_BITS - 1)).astype(np.float64),
            counts=counts,
        )

    def _count(self) -> None:
        new, counts = np.unique(np.concatenate(self._parts), return_counts=True)
        if self._kinds is None:
            self._kinds, self._counts = new, counts
        else:
            kinds, places = np.unique(np.concatenate([self._kinds, new]), return_inverse=True)
            total = np.zeros(len(kinds), dtype=np.int64)
            np.add.at(total, places, np.concatenate([self._counts, counts]))
            self._kinds, self._counts = kinds, total
        self._parts, self._rows = [], 0


def resampled_ratios(
    samples: Sequence[Sample], *, seed: int = 0, resamples: int = RESAMPLES
) -> list[NDArray[np.float64]]:
    """Ratios of resampled sums, (resamples,) for each sample; those with nothing to divide by are left out.

    All samples that are rows of the same number of examples see the same draws, so that figures of one table share
    their chance. Each number is the same whichever others are computed with it.
    """
    ratios: list[NDArray[np.float64]] = [np.zeros(0)] * len(samples)
    by_size: dict[int, list[int]] = {}
    for place, sample in enumerate(samples):
        if sample.counts is not None:
            drawn = _drawn_kinds(sample.counts, seed=seed, resamples=resamples)
            (ratios[place],) = _ratios([sample], drawn)
        elif len(sample.numerators):
            by_size.setdefault(len(sample.numerators), []).append(place)
    for size, places in by_size.items():
        drawn = _drawn_rows(size, seed=seed, resamples=resamples)
        for place, found in zip(places, _ratios([samples[place] for place in places], drawn), strict=True):
            ratios[place] = found
    return ratios


def _ratios(samples: Sequence[Sample], drawn: Iterator[NDArray[np.int64]]) -> list[NDArray[np.float64]]:
    # Rates of one table share their denominators, and each different column is summed once.
    columns: dict[bytes, int] = {}
    places = []
    for sample in samples:
        for column in (sample.numerators, sample.denominators):
            places.append(columns.setdefault(column.tobytes(), len(columns)))
    table = np.stack([np.frombuffer(column) for column in columns], axis=1)  # (n, columns)
    sums = np.concatenate([times.astype(np.float64) @ table for times in drawn])  # (resamples, columns)
    found = []
    for numerator, denominator in zip(places[::2], places[1::2], strict=True):
        top, bottom = sums[:, numerator], sums[:, denominator]
        usable = bottom > 0
        found.append(np.asarray(top[usable] / bottom[usable]))
    return found


def _drawn_rows(examples: int, *, seed: int, resamples: int) -> Iterator[NDArray[np.int64]]:
    """How often each example is drawn, (r, examples) at a time."""
    generator = np.random.default_rng(seed)
    rows = max(1, AT_ONCE // examples)
    for first in range(0, resamples, rows):
        count = min(rows, resamples - first)
        indices = generator.integers(examples, size=(count, examples))
        indices += np.arange(count)[:, None] * examples
        yield np.bincount(indices.ravel(), minlength=count * examples).reshape(count, examples)


def _drawn_kinds(counts: NDArray[np.int64], *, seed: int, resamples: int) -> Iterator[NDArray[np.int64]]:
    """How often each kind of example is drawn, (r, kinds) at a time."""
    generator = np.random.default_rng(seed)
    examples = int(counts.sum())
    rows = max(1, AT_ONCE // len(counts))
    for first in range(0, resamples, rows):
        yield generator.multinomial(examples, counts / examples, size=min(rows, resamples - first))
