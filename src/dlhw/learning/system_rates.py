"""The rates of several systems on the same rows, and the differences of every two, all from the same resamples."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence, Set, Sized
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlhw.errors import DataError, UsageError, check_whole, shown
from dlhw.learning.intervals import Difference, Estimate, difference, estimate, holm, wilson
from dlhw.learning.resampling import RESAMPLES, resampled_ratios
from dlhw.learning.seeds import check_seed
from dlhw.learning.units import Ratio, Units
from dlhw.plurals import counted

FEWEST_RESAMPLES = 100
MOST_RESAMPLES = 1_000_000
"""Beyond, memory ends before an interval changes."""


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


def listed_texts(given: Iterable[str], what: str) -> list[str]:
    """Texts that a person gives: a list, a tuple, an array or a column of a table.

    Args:
        given: them.
        what: what they are, for the message.

    Raises:
        DataError: they are something else, or one of them is no text.
    """
    found = _listed(given, what)
    for place, one in enumerate(found):
        if not isinstance(one, str):
            raise DataError(f"{what} has {shown(one)} at place {place}, which is no text", "str() makes one of it")
    return found


def candidate_lists(
    predictions: Mapping[str, Sequence[str | Sequence[str]]], truth: str, count: int
) -> list[list[Sequence[str]]]:
    """For each system what it predicted in each row, as a list, the best first.

    Args:
        predictions: of each system by its name, n texts, or n lists of candidates.
        truth: what the rows are, for the message, as in "labels".
        count: n.

    Raises:
        DataError: there are no rows or systems, not as many predictions as rows, or something is no text.
    """
    if not count:
        raise DataError(f"there are no {truth}", "at least one row is needed")
    if isinstance(predictions, Mapping) and not predictions:
        raise DataError("`predictions` names no system", 'give one or more, as in {"mine": ["cat"]}')
    if not isinstance(predictions, Mapping):
        raise DataError(
            f"`predictions` is a dict of what each system read, got {shown(predictions)}", 'as in {"mine": ["cat"]}'
        )
    found: list[list[Sequence[str]]] = []
    for name, rows in predictions.items():
        if not isinstance(name, str):
            raise DataError(f"a system's name is a text, got {shown(name)}", 'as in {"mine": ["cat"]}')
        of_system = _listed(rows, f"`predictions` of {name}")
        check_rows(of_system, f"`predictions` of {name}", truth, count)
        found.append([_candidates(row, f"row {place} of {name}") for place, row in enumerate(of_system)])
    return found


def _candidates(row: Any, what: str) -> Sequence[str]:
    """What was predicted in one row: a text, or texts, the best first."""
    if isinstance(row, str):
        return (row,)
    if isinstance(row, Mapping):
        raise DataError(f"{what} is a dict, where a text was expected", "give what was read, as in row.get('text', '')")
    if not isinstance(row, Iterable):
        raise DataError(
            f"{what} is {shown(row)}, which is no text", 'give "" where nothing was predicted, and str() of a number'
        )
    return listed_texts(row, what)


def check_rows(rows: Sequence[Any], what: str, truth: str, count: int) -> None:
    """See that there are as many as ``count``.

    Raises:
        DataError: there are not.
    """
    if len(rows) != count:
        raise DataError(f"{what} has {counted(len(rows), 'row')}, and there are {count} {truth}", "one each is needed")


def _listed(given: Any, what: str) -> list[Any]:
    if isinstance(given, Sized) and isinstance(given, Iterable) and not isinstance(given, str | bytes | Mapping | Set):
        with contextlib.suppress(TypeError):  # an array of no axis
            return list(given)
    raise DataError(f"{what} must be a list, got {shown(given)}", "list() makes one of a generator")


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
        if check_whole("resamples", resamples) < FEWEST_RESAMPLES:
            raise UsageError(f"`resamples` must be {FEWEST_RESAMPLES} or more; got {resamples}")
        if resamples > MOST_RESAMPLES:
            raise UsageError(
                f"`resamples` must be {MOST_RESAMPLES:,} at most; got {shown(resamples)}", "10,000 give p to two digits"
            )
        check_seed(seed)
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
