"""The rates of several systems on the same rows, and the differences of every two, all from the same resamples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlhw.errors import UsageError
from dlhw.learning.intervals import Difference, Estimate, difference, estimate, holm, wilson
from dlhw.learning.resampling import RESAMPLES, resampled_ratios
from dlhw.learning.units import Ratio, Units

FEWEST_RESAMPLES = 100


@dataclass(frozen=True)
class Rate:
    """Σ numerator / Σ denominator over rows."""

    name: str
    denominator: str
    share: bool
    """Each row is 0 or 1 of 1: then Wilson's interval is better than the bootstrap's, unless rows come in groups."""


@dataclass(frozen=True, kw_only=True)
class Pair:
    """The rates of system A minus those of system B."""

    a: int
    """Place of A among the systems, from 0."""

    b: int
    differences: dict[str, Difference]
    """By the name of the rate."""

    p_holm: dict[str, float | None]
    """Each p as Holm adjusts it for all pairs."""

    def as_document(self, names: Sequence[str], at: Mapping[str, int]) -> dict[str, Any]:
        """An entry of ``pairs``: ``at`` has the number of candidates for rates that look at several."""
        document: dict[str, Any] = {"a": names[self.a], "b": names[self.b]}
        for rate, found in self.differences.items():
            k = {"k": at[rate]} if rate in at else {}
            document[f"{rate}_difference"] = {**k, **asdict(found), "p_holm": self.p_holm[rate]}
        return document


def candidate_lists(
    predictions: Mapping[str, Sequence[str | Sequence[str]]], groups: Sequence[str] | None, truth: str, count: int
) -> list[list[Sequence[str]]]:
    """For each system what it predicted in each row, as a list, the best first.

    Args:
        predictions: of each system by its name, n texts, or n lists of candidates.
        groups: of each row, if any.
        truth: what the rows are, for the message, as in "labels".
        count: n.

    Raises:
        ValueError: there are not as many predictions, or groups, as rows.
    """
    for name, rows in [*predictions.items(), *([("groups", groups)] if groups is not None else [])]:
        if len(rows) != count:
            raise ValueError(f"{name} has {len(rows)} rows, and there are {count} {truth}")
    return [[(row,) if isinstance(row, str) else row for row in rows] for rows in predictions.values()]


class SystemRates:
    """Gathers the rows of several systems.

    Args:
        systems: how many.
        rates: what is reported of each.
        grouped: whether rows come with groups, which are resampled instead of rows.
    """

    def __init__(self, systems: int, rates: Sequence[Rate], *, grouped: bool) -> None:
        self._systems = systems
        self._rates = tuple(rates)
        self._pairs = list(combinations(range(systems), 2))
        single = [self._ratio(rate, place) for place in range(systems) for rate in rates]
        paired = [self._ratio(rate, *pair) for pair in self._pairs for rate in rates]
        self._ratios = [*single, *paired]
        self._units = Units(self._ratios, grouped=grouped)

    @property
    def groups(self) -> int | None:
        """How many there are; ``None`` where rows have none."""
        return self._units.groups

    def add(
        self,
        denominators: Mapping[str, NDArray[np.int64]],
        numerators: Sequence[Mapping[str, NDArray[np.int64]]],
        groups: Sequence[str] = (),
    ) -> None:
        """Add rows.

        Args:
            denominators: by name, (n,) each.
            numerators: for each system those of each rate, (n,) each.
            groups: of each row, where there are groups.
        """
        columns = dict(denominators)
        for place, rates in enumerate(numerators):
            columns |= {f"{name} {place}": values for name, values in rates.items()}
        self._units.add(columns, groups)

    def measure(
        self, *, seed: int = 42, resamples: int = RESAMPLES
    ) -> tuple[list[dict[str, Estimate]], tuple[Pair, ...]]:
        """The rates of each system, by name, and the differences of every two.

        Args:
            seed: of the bootstrap.
            resamples: how many samples it draws.

        Raises:
            UsageError: fewer than 100 samples, too few for a 95 % interval.
        """
        if resamples < FEWEST_RESAMPLES:
            raise UsageError(f"`resamples` must be {FEWEST_RESAMPLES} or more; got {resamples}")
        samples = [self._units.sample(ratio) for ratio in self._ratios]
        drawn = resampled_ratios(samples, seed=seed, resamples=resamples)
        found = dict(zip(self._ratios, zip(samples, drawn, strict=True), strict=True))
        systems = []
        for place in range(self._systems):
            rates = {}
            for rate in self._rates:
                ratio = self._ratio(rate, place)
                totals = self._units.totals
                rates[rate.name] = (
                    wilson(totals[ratio.numerator], totals[ratio.denominator])
                    if rate.share and self.groups is None
                    else estimate(*found[ratio])
                )
            systems.append(rates)
        pairs = [
            {rate.name: difference(*found[self._ratio(rate, *pair)]) for rate in self._rates} for pair in self._pairs
        ]
        adjusted = {rate.name: holm([differences[rate.name].p for differences in pairs]) for rate in self._rates}
        return systems, tuple(
            Pair(a=a, b=b, differences=pairs[place], p_holm={name: p[place] for name, p in adjusted.items()})
            for place, (a, b) in enumerate(self._pairs)
        )

    def _ratio(self, rate: Rate, system: int, minus: int | None = None) -> Ratio:
        return Ratio(f"{rate.name} {system}", rate.denominator, "" if minus is None else f"{rate.name} {minus}")
