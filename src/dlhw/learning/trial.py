"""One training of a run, whatever is trained."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from dlhw.errors import DivergedError
from dlhw.learning.device import Compute
from dlhw.learning.events import Observer
from dlhw.learning.loop import fit, resume_state
from dlhw.learning.state import TrainingState
from dlhw.learning.task import Task
from dlhw.learning.trial_folder import TrialFolder


class Trial(Protocol):
    """One training of a run. It is pickled when it is trained in a process of its own."""

    @property
    def name(self) -> str:
        """Of the trial's folder, as in ``lr0.01-seed42``."""

    @property
    def label(self) -> str:
        """What tells it from the others, for a person, as in ``learning rate 0.01``."""

    @property
    def epochs(self) -> int:
        """After how many it has ended."""

    def train(
        self, folder: TrialFolder, compute: Compute, observer: Observer, should_stop: Callable[[], int]
    ) -> dict[str, Any]:
        """Train to the end, from wherever ``folder`` stands.

        Tells ``observer`` that the trial has started, of its steps and of its epochs.

        Returns:
            The trial's outcome: ``status`` (``finished`` or ``diverged``), ``epochs``, and what else is of interest.

        Raises:
            InterruptedRun: ``should_stop`` said so, and the state is saved.
        """


def train_observed(
    task: Task,
    folder: TrialFolder,
    label: str,
    *,
    epochs: int,
    patience: int | None,
    observer: Observer,
    should_stop: Callable[[], int],
) -> tuple[TrainingState, DivergedError | None]:
    """Train a task from wherever ``folder`` stands, as :func:`~dlhw.learning.loop.fit` does, before an observer.

    Returns:
        Where the training ended, and why it ended early if a loss was not finite.
    """
    state = resume_state(task, folder)
    observer.started(label, state.rows)
    advanced = partial(observer.advanced, label)
    try:
        for result in fit(
            task, folder, state, epochs=epochs, patience=patience, on_step=advanced, should_stop=should_stop
        ):
            advanced(result)
    except DivergedError as error:
        return state, error
    return state, None
