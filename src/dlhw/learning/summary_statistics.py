"""Summary statistics of the same training with several seeds: how far its scores spread."""

from __future__ import annotations

import statistics
from collections.abc import Iterable


def mean_and_deviation(values: Iterable[float | None]) -> dict[str, float | None]:
    """Mean and sample deviation (divided by n − 1), for a JSON document; what is ``None`` is left out.

    The deviation of a single value is not known and stays ``None``.

    Example:
        >>> mean_and_deviation([1.0, 3.0, None])
        {'mean': 2.0, 'deviation': 1.4142135623730951}
    """
    known = [value for value in values if value is not None]
    return {
        "mean": statistics.fmean(known) if known else None,
        "deviation": statistics.stdev(known) if len(known) > 1 else None,
    }
