"""An experiment that trains: trials with the same settings on the same data, side by side where there are threads."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from dlhw.learning.device import Compute, PrecisionName, environment
from dlhw.learning.events import Observer
from dlhw.learning.experiment import D, Experiment, ExperimentSettings, R
from dlhw.learning.resuming import Changeable, compute_as_before, merge_settings, precision_as_before
from dlhw.learning.run import Run
from dlhw.learning.side_by_side import threads_each, train_trials
from dlhw.learning.trial import Trial
from dlhw.learning.unfinished import unfinished
from dlhw.plurals import counted


class TrainingSettings(ExperimentSettings, Protocol):
    """What is trained, and how."""

    @property
    def epochs(self) -> int: ...


T = TypeVar("T", bound=TrainingSettings)


@dataclass(frozen=True, kw_only=True)
class Training(Experiment[T, R, D]):
    """An experiment of trials, whose run directory this process holds. A run that is resumed keeps its threads."""

    # What differs.

    @property
    @abstractmethod
    def trials(self) -> Sequence[Trial]:
        """What is trained, in the order in which it begins."""

    @property
    def precision_asked(self) -> PrecisionName:
        """The precision for a new run."""
        return "auto"

    @property
    def costs(self) -> Mapping[str, float] | None:
        """What an epoch of each trial takes, by its label and in any unit; ``None`` where all take the same."""
        return None

    def threads_each(self, trials: int) -> int:
        """How many threads each trial has. A resumed trial keeps its number where the run keeps the number of all."""
        threads = self.compute.threads * self.compute.ranks.local_size
        return self.run.threads_each_before(threads) or threads_each(self.compute, trials)

    @classmethod
    def check_resumed(cls, settings: T, run: Run) -> None:
        """Raise where a run cannot be resumed.

        Args:
            settings: those it was started with, with the epochs asked for now.
            run: with its configuration as it was.
        """

    @classmethod
    def fewest_epochs(cls, settings: T, run: Run) -> int | None:
        """The fewest epochs that a run can be shortened to; ``None`` where it cannot."""
        return None

    def draw_curves(self) -> list[Path]:
        """Draw what the trials have learnt so far into the run's figures; returns the paths."""
        return []

    # What is the same.

    @classmethod
    def unfinished(cls, given: Mapping[str, Any], request: R) -> Callable[[Path], bool]:
        """One without a result, or with one of fewer epochs than are asked for."""
        return unfinished(given.get("epochs"))

    @classmethod
    def same_settings(cls, before: T, given: Mapping[str, Any], run: Run) -> T:
        """Those of the run; more epochs extend it, where it can be extended."""
        settings = merge_settings(before, given, run.directory, least=cls.fewest_epochs(before, run))
        cls.check_resumed(settings, run)
        return settings

    @classmethod
    def compute_again(cls, run: Run, compute: Compute, changed: Collection[Changeable]) -> Compute:
        """As the run was trained so far: anything else would round differently, and so has to be asked for."""
        return compute_as_before(run, compute, changed=changed)

    @property
    def precision(self) -> PrecisionName:
        """The one in force: as the run had it so far."""
        return precision_as_before(self.run, self.precision_asked, self.compute)

    def train(
        self, *, observer: Observer | None = None, should_stop: Callable[[], int] | None = None
    ) -> list[dict[str, Any]]:
        """Train the trials, or what is left of them, side by side where there are threads for it.

        Trials that have ended are not trained again; those that were interrupted are resumed.

        Args:
            observer: receives all events.
            should_stop: a signal's number ends the run once all states are saved, 0 continues.

        Returns:
            The outcomes, in the order of :attr:`trials`.

        Raises:
            InterruptedRun: ``should_stop`` said so.
        """
        trials = self.trials
        each = self.threads_each(len(trials))
        noted = {"threads_each": each, "precision": self.precision}
        self.run.write_environment(environment(self.compute) | noted)
        return train_trials(trials, self.run, self.compute, each=each, observer=observer, should_stop=should_stop)

    def progress_of_trials(self) -> str:
        """How many of several trials have ended, as it stands behind the message of a stop."""
        trials = self.trials
        if len(trials) == 1:
            return ""
        ended = sum(self.run.has_ended(trial.name, trial.epochs) for trial in trials)
        return f"; {ended} of {counted(len(trials), 'training')} have ended"

    def heading(self) -> dict[str, Any]:
        """Where and how the trials were trained."""
        return {
            "run": str(self.run.directory),
            "epochs": self.settings.epochs,
            "device": self.compute.name,
            "threads": self.compute.threads,
            "precision": self.precision,
        }
