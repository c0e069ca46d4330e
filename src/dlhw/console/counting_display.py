"""What is shown of work whose items are counted and not trained on: a bar, on a terminal only."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from rich.console import RenderableType
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table

from dlhw.console.schedule import Schedule, clock
from dlhw.console.streams import printable, talk
from dlhw.console.views import Display, watch
from dlhw.learning.events import Doing, Observer, Progress

Item = TypeVar("Item")
SHORT = 20
"""Below so many items there is nothing to wait for."""


class CountingDisplay(Display):
    """A bar with the time left; where nobody knows how many items come, how many there were and how many a second.

    Args:
        label: what is counted.
        total: how many items come, if that is known.
        unit: of what is counted, where the label does not say it.
    """

    transient = True

    def __init__(self, label: str, total: int | None, unit: str = "") -> None:
        super().__init__(label, Schedule(trials=1, epochs=total or 1))
        self._total, self._done, self._says, self._unit = total, 0, label, unit
        self._began = time.perf_counter()
        self._spinner = Spinner("dots")

    def advanced(self, label: str, progress: Progress) -> str:
        """So many items are done; what is being done may be said with it."""
        self._done = round(progress.done)
        if isinstance(progress, Doing) and progress.text not in {"", self._says}:
            self._says, self._began = progress.text, time.perf_counter()
        return ""

    def frame(self, height: int, *, last: bool) -> RenderableType:
        """One line."""
        grid = Table.grid(padding=(0, 1))
        says = printable(self._says)
        if self._total is not None:
            bar = ProgressBar(total=self._total, completed=self._done, width=32)
            left = f"{clock(self.schedule.seconds_left())} left"
            grid.add_row(says, bar, f"{self._done:,}/{self._total:,}", left)
            return grid
        elapsed = time.perf_counter() - self._began
        count, rate = f"{says}: {self._done:,} {self._unit}".rstrip(), self._done / max(elapsed, 0.1)
        grid.add_row(self._spinner, count, clock(elapsed), f"{rate:,.0f}/s")
        return grid


@contextmanager
def watch_count(label: str, total: int | None = None, unit: str = "") -> Iterator[Observer]:
    """An observer of one task that counts, already begun. Nothing is shown where there is no terminal.

    Args:
        label: the task, and what is counted.
        total: how many items come, if that is known.
        unit: as for :class:`CountingDisplay`.
    """
    hidden = not talk().is_terminal or (total is not None and total < SHORT)
    with watch("none" if hidden else "live", CountingDisplay(label, total, unit)) as observer:
        observer.started(label)
        yield observer


def track(items: Iterable[Item], label: str, total: int) -> Iterator[Item]:
    """The items themselves, with a bar on a terminal's stderr while they are worked through."""
    with watch_count(label, total) as observer:
        for number, item in enumerate(items):
            observer.advanced(label, Doing(number))
            yield item
        observer.advanced(label, Doing(total))


def track_stream(counts: Iterable[Item], label: str, count: Callable[[Item], int]) -> Iterator[Item]:
    """The items themselves, with how many there were and how many a second; how many come is not known.

    Args:
        counts: what says how far it has come.
        label: what is counted.
        count: how far that is.
    """
    with watch_count(label) as observer:
        for one in counts:
            observer.advanced(label, Doing(count(one)))
            yield one
