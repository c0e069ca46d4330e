"""What a part is given to work with."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from dlhw.errors import InterruptedRun
from dlhw.learning.device import Compute
from dlhw.learning.events import Doing, Observer, Progress
from dlhw.learning.loop import EpochResult, StepResult
from dlhw.learning.resuming import Changeable
from dlhw.plurals import rate
from dlhw.report.scale import Scale

Item = TypeVar("Item")


class TrainingsWithin:
    """An observer of trainings that tells another one how far the part has come to which they belong.

    Args:
        observer: of the whole.
        question: the part.
        trials: how many trainings it has.
        epochs: how many epochs each of them has.
    """

    def __init__(self, observer: Observer, question: str, *, trials: int, epochs: int) -> None:
        self._observer, self._question = observer, question
        self._trials, self._epochs = trials, epochs
        self._done: dict[str, float] = {}
        """Epochs of each trial, with the fraction of the one under way."""

    def started(self, label: str, rows: Sequence[Any] = ()) -> None:
        self._tell(label, len(rows), f"epoch {min(len(rows) + 1, self._epochs)} of {self._epochs}")

    def advanced(self, label: str, progress: Progress) -> None:
        self._tell(label, progress.done, self._describe(progress))

    def ended(self, label: str, outcome: Mapping[str, Any]) -> None:
        self._tell(label, self._epochs, str(outcome["status"]))

    def _describe(self, progress: Progress) -> str:
        if isinstance(progress, StepResult):
            doing = f"epoch {progress.epoch} of {self._epochs}, loss {progress.train_loss:.3f}"
            return f"{doing}, {rate(progress.images_per_second, 'image')}/s"
        if isinstance(progress, EpochResult):
            pairs = (pair for pair in progress.metrics.items() if pair[0] != "validation_loss")
            name, value = next(pairs, ("", 0.0))
            return f"after epoch {progress.epoch}, {name.replace('_', ' ')} {value:.4f}"
        return ""

    def _tell(self, label: str, epochs: float, doing: str) -> None:
        self._done[label] = epochs
        share = sum(self._done.values()) / (self._epochs * self._trials)
        self._observer.advanced(self._question, Doing(min(share, 1.0), f"{label}: {doing}"))


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
