"""What full-length trainings of dlhw gave, as the package keeps it: values of each seed, and how far they spread."""

from __future__ import annotations

import math
import statistics
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from dlhw.learning.intervals import Z
from dlhw.learning.summary_statistics import mean_and_deviation
from dlhw.report.handin.quantities import QUANTITIES, Quantity

KEPT = Path(__file__).with_name("full_runs.toml")
ENOUGH_SEEDS = 3
"""From so many on their deviation is used; Student's factor for two is 12.7, and tells nothing."""


@dataclass(frozen=True, kw_only=True)
class FullRun:
    """What our full-length trainings gave for one quantity."""

    values: Sequence[float]
    """One a seed; empty where all diverged."""

    diverged: str = ""
    """When, where all diverged."""

    data: str
    """What it was measured on."""

    items: int
    """How many images or words."""

    item_deviation: float | None
    """The standard error of a value from the items alone."""

    epochs: Sequence[float] = ()
    """The validation accuracies after the last epochs of one training, where they are kept."""

    @property
    def mean(self) -> float | None:
        """Over the seeds."""
        return mean_and_deviation(self.values)["mean"]

    @property
    def deviation(self) -> float | None:
        """Over the seeds; unknown for a single one."""
        return mean_and_deviation(self.values)["deviation"]

    @property
    def epoch_deviation(self) -> float | None:
        """From epoch to epoch at the end of a training."""
        return statistics.stdev(self.epochs) if len(self.epochs) > 1 else None


@cache
def full_runs() -> Mapping[Quantity, FullRun]:
    """Every quantity that was measured; counts are exact, and not among them."""
    document = tomllib.loads(KEPT.read_text(encoding="utf-8"))
    return {quantity: _run(quantity, document) for quantity in QUANTITIES if quantity.kind != "count"}


def _run(quantity: Quantity, document: Mapping[str, Any]) -> FullRun:
    kept: Mapping[str, Any] = document
    for part in quantity.path[:-1]:
        kept = kept[part]
    measured = document["words" if quantity.items == "test_words" else "landscapes"]
    values, items = kept.get(quantity.path[-1], ()), measured[quantity.items]
    interval = kept.get("intervals", {}).get(quantity.path[-1])
    return FullRun(
        values=values,
        diverged=kept.get("diverged", ""),
        data=measured["data"],
        items=items,
        item_deviation=_item_deviation(values, items, interval),
        epochs=[right / measured["validation_images"] for right in kept.get("validation_right", ())],
    )


def _item_deviation(values: Sequence[float], items: int, interval: Sequence[float] | None) -> float | None:
    if not values:
        return None
    if interval is not None:
        return (interval[1] - interval[0]) / (2 * Z)
    share = statistics.fmean(values)
    return math.sqrt(share * (1 - share) / items)
