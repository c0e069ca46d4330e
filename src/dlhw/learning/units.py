"""Sums over rows that come in parts, kept so that rates can be resampled: by row, or by groups of rows.

Words by one writer, or on one page, are alike: where rows come in groups, groups are what is drawn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dlhw.learning.resampling import Sample, Tally, sample_of


@dataclass(frozen=True)
class Ratio:
    """A rate, or the difference of two: Σ (numerator − minus) / Σ denominator, by the names of columns."""

    numerator: str
    denominator: str
    minus: str = ""


class Units:
    """The sums of some columns of whole numbers.

    Args:
        ratios: what is to be resampled.
        grouped: whether rows come with groups.
    """

    def __init__(self, ratios: Sequence[Ratio], *, grouped: bool) -> None:
        self.totals: Counter[str] = Counter()
        """The sum of each column."""

        self._tallies = {} if grouped else {ratio: Tally() for ratio in ratios}
        self._places: dict[str, int] | None = {} if grouped else None
        self._sums: dict[str, NDArray[np.int64]] = {}

    @property
    def groups(self) -> int | None:
        """How many there are; ``None`` where rows have none."""
        return None if self._places is None else len(self._places)

    def add(self, columns: Mapping[str, NDArray[np.int64]], groups: Sequence[str]) -> None:
        """Add n rows.

        Args:
            columns: by name, (n,) int64 each; the names are those that the ratios have, in every call.
            groups: the group of each row, n of them, where rows come with groups; else nothing.
        """
        for name, values in columns.items():
            self.totals[name] += int(values.sum())
        for ratio, tally in self._tallies.items():
            numerators = columns[ratio.numerator]
            tally.add(numerators - columns[ratio.minus] if ratio.minus else numerators, columns[ratio.denominator])
        if self._places is not None:
            places = self._places
            rows = np.array([places.setdefault(group, len(places)) for group in groups], dtype=np.int64)
            for name, values in columns.items():
                sums = _lengthened(self._sums.get(name), len(places))
                np.add.at(sums, rows, values)
                self._sums[name] = sums

    def sample(self, ratio: Ratio) -> Sample:
        """What to resample a ratio from."""
        if self._places is None:
            return self._tallies[ratio].sample()
        nothing = np.zeros(len(self._places), dtype=np.int64)
        column = {name: values[: len(self._places)] for name, values in self._sums.items()}
        top = column.get(ratio.numerator, nothing)
        return sample_of(
            top - column[ratio.minus] if ratio.minus in column else top, column.get(ratio.denominator, nothing)
        )


def _lengthened(sums: NDArray[np.int64] | None, least: int) -> NDArray[np.int64]:
    """``sums`` with room for ``least`` groups at least, and for as many again so that it seldom grows."""
    if sums is None:
        return np.zeros(2 * least, dtype=np.int64)
    return sums if len(sums) >= least else np.concatenate([sums, np.zeros(2 * least - len(sums), dtype=np.int64)])
