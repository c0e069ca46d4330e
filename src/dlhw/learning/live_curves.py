"""The figures of a run, drawn again while it trains."""

from __future__ import annotations

import contextlib
import gc
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dlhw.errors import RunError
from dlhw.learning.events import Observer, Progress
from dlhw.learning.loop import EpochResult

SECONDS_BETWEEN_DRAWINGS = 30.0
LARGEST_SHARE = 0.02
"""Of the time of a training, how much its figures may cost. Two take 0.2 s, and the first time a second."""


class LiveCurves:
    """An observer that passes all events on, and draws the curves of a run after an epoch, as often as that is cheap.

    They are drawn once more when the run has ended, so here a figure that cannot be written is no error.

    Args:
        observer: the other one.
        draw: draws what has been learnt so far.
        clock: seconds.
    """

    def __init__(
        self, observer: Observer, draw: Callable[[], object], *, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self._observer, self._draw, self._clock = observer, draw, clock
        self._next = clock() + SECONDS_BETWEEN_DRAWINGS

    def started(self, label: str, rows: Sequence[Any] = ()) -> None:
        self._observer.started(label, rows)

    def advanced(self, label: str, progress: Progress) -> None:
        self._observer.advanced(label, progress)
        began = self._clock()
        if isinstance(progress, EpochResult) and began >= self._next:
            with contextlib.suppress(RunError):
                self._draw()
            gc.collect()  # figures refer to themselves: a training makes few objects, and some would wait for an hour
            ended = self._clock()
            self._next = ended + max(SECONDS_BETWEEN_DRAWINGS, (ended - began) / LARGEST_SHARE)

    def ended(self, label: str, outcome: Mapping[str, Any]) -> None:
        self._observer.ended(label, outcome)
