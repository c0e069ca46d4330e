"""Progress as one flushed line an epoch, for pipes, logs and small terminals."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from dlhw.console.schedule import Schedule, clock
from dlhw.learning.loop import EpochResult, StepResult


class PlainProgress:
    """An observer that prints a line on stderr for each epoch.

    Args:
        title: what is trained on what.
        schedule: the trials and epochs of the run.
    """

    def __init__(self, title: str, schedule: Schedule) -> None:
        self._title = title
        self._schedule = schedule

    def __enter__(self) -> Self:
        _line(self._title)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def trial_started(self, label: str, rows: Sequence[Mapping[str, Any]]) -> None:
        self._schedule.begin_trial(label, len(rows))
        if rows:
            _line(f"{label}: continuing after epoch {len(rows)}")

    def step(self, label: str, result: StepResult) -> None:
        self._schedule.advance(label, result.epoch - 1 + result.step / result.steps)

    def epoch(self, label: str, result: EpochResult) -> None:
        self._schedule.advance(label, result.epoch)
        figures = "  ".join(f"{name.replace('_', ' ')} {value:.4f}" for name, value in result.figures.items())
        _line(
            f"{label}  epoch {result.epoch:>2}/{self._schedule.epochs}  loss {result.train_loss:.4f}  {figures}"
            f"  best {result.best_value:.4f} @ {result.best_epoch}  {result.images_per_second:,.0f} images/s"
            f"  {clock(self._schedule.seconds_left())} left"
        )

    def trial_finished(self, label: str, outcome: Mapping[str, Any]) -> None:
        self._schedule.end_trial(label)
        if outcome["status"] == "diverged":
            _line(f"{label}: {outcome['reason']}")


def _line(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
