"""The events of any long work: that a task began, how far it is, and how it ended.

A task is one training of a run, one part of a reproduction, one iteration, or a number of files to read. Whoever works
knows nothing of terminals; whoever shows it, nothing of what is worked on but these three events.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


class Progress(Protocol):
    """How far a task has come: a :class:`Doing`, or a result that says so, as a finished epoch does."""

    @property
    def done(self) -> float:
        """In the task's own unit: epochs, items, or the share of the whole from 0 to 1."""


@dataclass(frozen=True)
class Doing:
    """How far a task has come, and what it does."""

    done: float
    text: str = ""


class Observer(Protocol):
    """Receives each event. Tasks may be under way at the same time; ``label`` tells one from the others."""

    def started(self, label: str, rows: Sequence[Any] = ()) -> None:
        """A task begins, or continues after what is done of it, one unit in each of ``rows``."""

    def advanced(self, label: str, progress: Progress) -> None:
        """A task has come so far."""

    def ended(self, label: str, outcome: Mapping[str, Any]) -> None:
        """A task has ended, or had ended before; ``status`` in ``outcome`` says how."""


class Silence:
    """An observer that shows nothing: ``--progress none``, and the Python API's default."""

    def started(self, label: str, rows: Sequence[Any] = ()) -> None:
        pass

    def advanced(self, label: str, progress: Progress) -> None:
        pass

    def ended(self, label: str, outcome: Mapping[str, Any]) -> None:
        pass
