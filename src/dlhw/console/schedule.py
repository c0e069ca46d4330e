"""How far the whole work has come, and how long the rest will take: the one estimate, for all that is watched."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

EXPECTED_SECONDS = 5.0
"""Mixed into the pace where seconds are expected, so that the first task's start is not taken for the pace of all."""


@dataclass
class _Course:
    """How far one trial has come. Only what this process does tells how fast it is: not the epochs before a resume."""

    before: float
    done: float
    begun: float | None = None
    seen: float = 0.0
    ended: bool = False


class Schedule:
    """The epochs of all trials of a run, as they pass; several trials may be under way at once.

    Args:
        trials: how many trainings the run has.
        epochs: how many epochs each of them has.
        costs: what an epoch of each takes, by its label and in any unit, in the order in which they will begin; by
            default anyway.
        expected: whether the costs are seconds that are expected, from which the time left is guessed at the start.
    """

    def __init__(
        self, *, trials: int, epochs: int, costs: Mapping[str, float] | None = None, expected: bool = False
    ) -> None:
        self.trials = trials
        self.epochs = epochs
        self._costs = costs or {}
        self._expected = EXPECTED_SECONDS if expected else 0.0
        self._courses: dict[str, _Course] = {}
        self._most_at_once = 1

    def begin_trial(self, label: str, epochs_before: int) -> None:
        """A trial begins, or continues after ``epochs_before`` epochs."""
        self._courses[label] = _Course(before=float(epochs_before), done=float(epochs_before))
        self._most_at_once = max(self._most_at_once, len(self.running))

    def advance(self, label: str, done: float) -> None:
        """``done`` epochs of a trial are finished, with the fraction of the one under way."""
        course, now = self._courses[label], time.perf_counter()
        if course.begun is None:
            course.begun, course.before = now, done
        course.seen, course.done = now, max(course.done, done)

    def end_trial(self, label: str) -> None:
        """A trial has ended: after its last epoch, or before it because it diverged."""
        self._courses[label].ended = True

    @property
    def running(self) -> list[str]:
        """The trials that are under way, in the order in which they began."""
        return [label for label, course in self._courses.items() if not course.ended]

    def position(self, label: str) -> int:
        """The how-manieth trial it is, from 1."""
        return list(self._courses).index(label) + 1

    def done(self, label: str) -> float:
        """Finished epochs of a trial."""
        return self._courses[label].done

    @property
    def fraction(self) -> float:
        """Of the whole run that is done, from 0 to 1. What a diverged trial leaves out counts as done."""
        done = sum(
            self._cost(label) * (self.epochs if course.ended else course.done)
            for label, course in self._courses.items()
        )
        return done / (self.epochs * (sum(self._costs.values()) or self.trials))

    def seconds_left(self) -> float | None:
        """Of the whole run, at the speed so far; ``None`` before anything is known."""
        timed = {label: course for label, course in self._courses.items() if course.begun is not None}
        work = sum(self._cost(label) * (course.done - course.before) for label, course in timed.items())
        spent = sum(course.seen - (course.begun or 0.0) for course in timed.values())
        if work + self._expected <= 0:
            return None
        pace = (spent + self._expected) / (work + self._expected)
        # Those that wait follow wherever a place is free first.
        places = [self._cost(label) * (self.epochs - self._courses[label].done) for label in self.running]
        places += [0.0] * (self._most_at_once - len(places))
        for cost in self._waiting():
            soonest = places.index(min(places))
            places[soonest] += cost * self.epochs
        return max(places) * pace

    def _cost(self, label: str) -> float:
        return self._costs.get(label, 1.0)

    def _waiting(self) -> list[float]:
        """What an epoch of each trial that has not begun takes."""
        if self._costs:
            return [cost for label, cost in self._costs.items() if label not in self._courses]
        return [1.0] * (self.trials - len(self._courses))


def clock(seconds: float | None) -> str:
    """Seconds as ``0:07``, ``12:30`` or ``1:02:03``.

    Example:
        >>> clock(3723)
        '1:02:03'
    """
    if seconds is None:
        return "–:––"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
