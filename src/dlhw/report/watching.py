"""What the reproduction tells whoever watches, and how a training's events become that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

from dlhw.learning.loop import EpochResult, StepResult

Status = Literal["done", "kept", "failed", "stopped"]
"""``kept``: it had been done by an earlier command."""


class Watcher(Protocol):
    """Told of each part, in order."""

    def started(self, question: str) -> None:
        """A part begins."""

    def progress(self, question: str, share: float, doing: str) -> None:
        """A part has come so far, from 0 to 1, and does this."""

    def ended(self, question: str, status: Status, seconds: float, reason: str = "") -> None:
        """A part has ended; ``reason`` where it failed."""


class Unwatched:
    """Shows nothing."""

    def started(self, question: str) -> None:
        pass

    def progress(self, question: str, share: float, doing: str) -> None:
        pass

    def ended(self, question: str, status: Status, seconds: float, reason: str = "") -> None:
        pass


class TrainingWatch:
    """A training's observer that tells the watcher of the whole.

    Args:
        watcher: of the whole.
        question: which part the training belongs to.
        trials: how many trainings the part has.
        epochs: how many epochs each of them has.
    """

    def __init__(self, watcher: Watcher, question: str, *, trials: int, epochs: int) -> None:
        self._watcher, self._question = watcher, question
        self._trials, self._epochs = trials, epochs
        self._done: dict[str, float] = {}
        """Epochs of each trial, with the fraction of the one under way."""

    def trial_started(self, label: str, rows: Sequence[Mapping[str, Any]]) -> None:
        self._tell(label, len(rows), f"epoch {min(len(rows) + 1, self._epochs)} of {self._epochs}")

    def step(self, label: str, result: StepResult) -> None:
        done = result.epoch - 1 + result.step / result.steps
        doing = f"epoch {result.epoch} of {self._epochs}, loss {result.train_loss:.3f}"
        self._tell(label, done, f"{doing}, {result.images_per_second:,.0f} images/s")

    def epoch(self, label: str, result: EpochResult) -> None:
        name, value = next((pair for pair in result.figures.items() if pair[0] != "validation_loss"), ("", 0.0))
        self._tell(label, result.epoch, f"after epoch {result.epoch}, {name.replace('_', ' ')} {value:.4f}")

    def trial_finished(self, label: str, outcome: Mapping[str, Any]) -> None:
        self._tell(label, self._epochs, str(outcome["status"]))

    def _tell(self, label: str, epochs: float, doing: str) -> None:
        self._done[label] = epochs
        share = sum(self._done.values()) / (self._epochs * self._trials)
        self._watcher.progress(self._question, min(share, 1.0), f"{label}: {doing}")
