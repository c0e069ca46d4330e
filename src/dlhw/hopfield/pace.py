"""How many updates to make before the next check of which queries have converged.

Beside an update of a small memory a look takes longer than the update. But an update that an earlier look would have
spared is made for nothing. So looks are rarer where updates are cheap, and where the residuals are still far from the
tolerance.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

LOOK = 2**18
"""Multiplications of an update, N·D·B, that take as long as one look."""

UPDATES_AT_MOST = 64
NUMBERS_AT_MOST = 2**16
"""Of the states that are kept until the next look."""


class Pace:
    """Says when the next look is due, from the smallest residuals between two looks.

    Args:
        size: N·D, the numbers of the memory.
        dimension: D.
        tolerance: on the residual. With 0 looks are as rare as their price allows.
    """

    def __init__(self, size: int, dimension: int, tolerance: float) -> None:
        self._size, self._dimension, self._tolerance = size, dimension, tolerance
        self._smallest, self._due = math.inf, 1.0

    def updates(self, queries: int) -> int:
        """Updates before the next look, for so many queries."""
        work = self._size * queries
        most = min(UPDATES_AT_MOST, 1024 * LOOK // work, NUMBERS_AT_MOST // (queries * self._dimension))
        due = most if self._tolerance == 0 else self._due
        return int(max(1, min(4, LOOK // work), min(most, due)))

    def note(self, smallest: Sequence[float]) -> None:
        """Tell of the smallest residual of each update since the last look; one within the tolerance leaves."""
        if min(smallest) <= self._tolerance or self._tolerance == 0:
            self._smallest, self._due = math.inf, 1.0
            return
        before, self._smallest = smallest[-2] if len(smallest) > 1 else self._smallest, smallest[-1]
        rate = math.log(before / self._smallest) if math.isfinite(before) else 0.0
        # Residuals that do not shrink yet may do so at any time: then twice as many updates as before.
        self._due = math.log(self._smallest / self._tolerance) / rate if rate > 0 else 2.0 * len(smallest)
