"""How the events of the trainings within a part become the part's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dlhw.learning.events import Doing, Observer, Progress
from dlhw.learning.loop import EpochResult, StepResult
from dlhw.plurals import rate


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
