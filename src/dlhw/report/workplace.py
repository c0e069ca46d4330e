"""What a part is given to work with."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from dlhw.errors import InterruptedRun
from dlhw.learning.device import Compute
from dlhw.learning.events import Doing, Observer
from dlhw.learning.resuming import Changeable
from dlhw.report.scale import Scale
from dlhw.report.watching import TrainingsWithin

Item = TypeVar("Item")


@dataclass(frozen=True, kw_only=True)
class Workplace:
    """One part's sizes, data and places."""

    question: str
    scale: Scale
    data: Path | None
    """Real landscapes for Question 2; ``None`` for procedural ones."""

    seed: int
    compute: Compute
    changed: Collection[Changeable]
    """What a resumed training takes from ``compute``, and does not keep as it was."""

    runs: Path
    """Where the run directories of the trainings lie, each called like its question."""

    observer: Observer
    should_stop: Callable[[], int]

    def training(self, *, trials: int, epochs: int) -> TrainingsWithin:
        """An observer for trainings of this part."""
        return TrainingsWithin(self.observer, self.question, trials=trials, epochs=epochs)

    def tell(self, doing: str, share: float = 0.0) -> None:
        """Say what takes the next seconds.

        Raises:
            InterruptedRun: somebody asked for a stop.
        """
        if number := self.should_stop():
            raise InterruptedRun("stopped; what is done is kept", signal_number=number)
        self.observer.advanced(self.question, Doing(share, doing))

    def track(self, doing: str) -> Callable[[Iterable[Item], int], Iterator[Item]]:
        """Wraps items that are worked through, so that they can be watched, and stopped between two of them."""

        def wrapped(items: Iterable[Item], total: int) -> Iterator[Item]:
            for place, item in enumerate(items):
                self.tell(f"{doing}: {place:,} of {total:,}", place / max(total, 1))
                yield item

        return wrapped
