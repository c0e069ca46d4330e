"""How far a whole run has come, and how long the rest will take."""

from __future__ import annotations

import time


class Schedule:
    """The epochs of all members of a run, as they pass.

    Args:
        members: how many trainings the run has.
        epochs: how many epochs each of them has.
    """

    def __init__(self, *, members: int, epochs: int) -> None:
        self.members = members
        self.epochs = epochs
        self.member = 0
        self.done = 0.0
        # Only what this process does tells how fast it is: not the epochs before a resume, and not those
        # that a diverged member leaves out.
        self._worked = 0.0
        self._begun: float | None = None

    def begin_member(self, epochs_before: int) -> None:
        """The next member begins, or goes on after ``epochs_before`` epochs."""
        self.member += 1
        self.done = float(epochs_before)

    def advance(self, done: float) -> None:
        """``done`` epochs of the current member are behind us, with the fraction of the one under way."""
        if self._begun is None:
            self._begun = time.perf_counter()
        else:
            self._worked += done - self.done
        self.done = done

    @property
    def fraction(self) -> float:
        """Of the whole run that is done, from 0 to 1."""
        return ((self.member - 1) * self.epochs + self.done) / (self.members * self.epochs)

    def seconds_left(self) -> float | None:
        """Of the whole run, at the speed so far; ``None`` before anything is known."""
        if self._begun is None or self._worked <= 0:
            return None
        left = self.members * self.epochs - (self.member - 1) * self.epochs - self.done
        return (time.perf_counter() - self._begun) / self._worked * left


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
