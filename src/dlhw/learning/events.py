"""What training tells whoever watches: the console's live and plain displays, or nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from dlhw.learning.loop import EpochResult, StepResult


class Observer(Protocol):
    """Told of each event of a run. Trials may train at the same time; ``label`` tells one from the others."""

    def trial_started(self, label: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """A training begins, or continues after the epochs in ``rows``."""

    def step(self, label: str, result: StepResult) -> None:
        """An epoch has come so far."""

    def epoch(self, label: str, result: EpochResult) -> None:
        """An epoch is finished."""

    def trial_finished(self, label: str, outcome: Mapping[str, Any]) -> None:
        """A training has ended, or had ended before."""


class Silence:
    """An observer that shows nothing: ``--progress none``, and the Python API's default."""

    def trial_started(self, label: str, rows: Sequence[Mapping[str, Any]]) -> None:
        pass

    def step(self, label: str, result: StepResult) -> None:
        pass

    def epoch(self, label: str, result: EpochResult) -> None:
        pass

    def trial_finished(self, label: str, outcome: Mapping[str, Any]) -> None:
        pass
