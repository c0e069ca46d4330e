"""Which way progress is shown."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Literal

from dlhw.console.live import LiveProgress, fits
from dlhw.console.plain import PlainProgress
from dlhw.console.schedule import Schedule
from dlhw.console.streams import talk
from dlhw.learning.events import Observer, Silence

ProgressStyle = Literal["auto", "live", "plain", "none"]


def progress(
    style: ProgressStyle, title: str, *, trials: int, epochs: int, costs: Mapping[str, float] | None = None
) -> AbstractContextManager[Observer]:
    """An observer of a run's training events, in a context that cleans up the terminal.

    Args:
        style: ``auto`` is live on an interactive terminal of at least 80×15, else plain.
        title: what is trained on what.
        trials: how many trainings the run has.
        epochs: how many epochs each of them has.
        costs: what an epoch of each takes, by its label, as for :class:`~dlhw.console.schedule.Schedule`.
    """
    if style == "none":
        return nullcontext(Silence())
    schedule = Schedule(trials=trials, epochs=epochs, costs=costs)
    if style == "live" or (style == "auto" and fits(talk())):
        return LiveProgress(title, schedule)
    return PlainProgress(title, schedule)
