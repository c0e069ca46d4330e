"""An experiment: trials with the same settings on the same data, in a run directory.

This is the only place that starts an experiment, finds an unfinished one, resumes it, trains its trials and writes its
result. What differs between experiments is what a subclass of :class:`Experiment` says: the settings, the data, the
trials, and the document in which they end.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Generic, Protocol, Self, TypeVar

from dlhw import __version__
from dlhw.learning.device import Compute, PrecisionName, environment
from dlhw.learning.events import Observer
from dlhw.learning.resuming import Changeable, compute_as_before, merge_settings, precision_as_before
from dlhw.learning.run import Run, check_start, resume_run, start_run
from dlhw.learning.side_by_side import threads_each, train_trials
from dlhw.learning.trial import Trial
from dlhw.learning.unfinished import unfinished


class ExperimentSettings(Protocol):
    """What is trained, and how: a frozen dataclass, kept in the run's configuration."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def epochs(self) -> int: ...

    @property
    def seed(self) -> int: ...

    def as_config(self) -> dict[str, Any]: ...

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self: ...


S = TypeVar("S", bound=ExperimentSettings)
R = TypeVar("R")
D = TypeVar("D")


@dataclass(frozen=True, kw_only=True)
class Experiment(ABC, Generic[S, R, D]):
    """An experiment whose run directory this process holds. Made by :meth:`start` and :meth:`resume`."""

    command: ClassVar[str]
    """The command whose experiments these are, as in ``cnn train``. Its runs lie in ``runs/cnn-train``."""

    settings_type: ClassVar[type[Any]]
    concluding: ClassVar[str] = ""
    """What :meth:`conclude` spends seconds on, for a person; empty where it takes none."""

    settings: S
    request: R
    """Which data were asked for."""

    data: D
    compute: Compute
    """Where, and with how many threads: a run that is resumed keeps what it had."""

    run: Run

    # What differs.

    @classmethod
    @abstractmethod
    def load_data(cls, settings: S, request: R, compute: Compute) -> AbstractContextManager[tuple[R, D]]:
        """Load the data of a new experiment; also what was asked for, completed.

        Raises:
            UsageError: settings and data do not go together.
            DataError: there are no such data, or they cannot be used.
        """

    @classmethod
    @abstractmethod
    def load_same_data(cls, settings: S, request: R, compute: Compute, run: Run) -> AbstractContextManager[tuple[R, D]]:
        """Load the data that a run was started with, wherever they lie now.

        Args:
            settings: of the run, with the epochs asked for now.
            request: where the data are, if named again.
            compute: as for :meth:`load_data`.
            run: with its configuration as it was.

        Raises:
            UsageError: other data are named.
            RunError: the data have changed since, or no longer exist.
        """

    @classmethod
    @abstractmethod
    def data_config(cls, request: R, data: D) -> dict[str, Any]:
        """What the run's configuration keeps of its data: where they are found again, and their fingerprint."""

    @property
    @abstractmethod
    def trials(self) -> Sequence[Trial]:
        """What is trained, in the order in which it begins."""

    @abstractmethod
    def document(self, outcomes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Draw the figures, and return what the command's document says beyond the keys of :meth:`conclude`.

        Args:
            outcomes: of the trials, in their order.
        """

    @property
    def precision_asked(self) -> PrecisionName:
        """The precision for a new run."""
        return "auto"

    @property
    def costs(self) -> Mapping[str, float] | None:
        """What an epoch of each trial takes, by its label and in any unit; ``None`` where all take the same."""
        return None

    @property
    def resume_options(self) -> list[str]:
        """What the command that resumes the run has to be given again."""
        return []

    def threads_each(self, trials: int) -> int:
        """How many threads each trial has. A resumed trial keeps its number where the run keeps the number of all."""
        threads = self.compute.threads * self.compute.ranks.local_size
        return self.run.threads_each_before(threads) or threads_each(self.compute, trials)

    @classmethod
    def check_resumed(cls, settings: S, run: Run) -> None:
        """Raise where a run cannot be resumed.

        Args:
            settings: those it was started with, with the epochs asked for now.
            run: with its configuration as it was.
        """

    @classmethod
    def fewest_epochs(cls, settings: S, run: Run) -> int | None:
        """The fewest epochs that a run can be shortened to; ``None`` where it cannot."""
        return None

    # What is the same.

    @classmethod
    @contextmanager
    def start(
        cls,
        settings: S,
        request: R,
        compute: Compute,
        *,
        out: Path | None = None,
        force: bool = False,
        root: Path = Path("runs"),
    ) -> Iterator[Self]:
        """Load the data, then make the run directory: bad data never costs an old run.

        Args:
            settings: what is trained, and how.
            request: which data.
            compute: where, and with how many threads.
            out: the run directory; without it a numbered one under ``root``.
            force: start anew where ``out`` already holds a run.
            root: where numbered runs lie.

        Raises:
            RunError: ``out`` holds a run or other files, is held by another process, or cannot be made.
        """
        ranks = compute.ranks
        ranks.on_first(lambda: check_start(out, force=force))
        with (
            cls.load_data(settings, request, compute) as (request, data),
            start_run(cls.run_command(), out=out, force=force, root=root, ranks=ranks) as run,
        ):
            run.write_config({**settings.as_config(), **cls.data_config(request, data)})
            yield cls(settings=settings, request=request, data=data, compute=compute, run=run)

    @classmethod
    @contextmanager
    def resume(
        cls,
        given: Mapping[str, Any],
        request: R,
        compute: Compute,
        *,
        changed: Collection[Changeable] = (),
        out: Path | None = None,
        root: Path = Path("runs"),
    ) -> Iterator[Self]:
        """Resume a run as it was started; more epochs extend it, where it can be extended.

        Args:
            given: settings that were asked for again; only ``epochs`` may differ.
            request: the data, if named again. They may lie somewhere else by now: their content is compared, no path.
            compute: what this process would use; the run's own device and threads win.
            changed: what is to be as in ``compute``, and not as in the run.
            out: the run directory; without it the newest unfinished one under ``root``.
            root: where numbered runs lie.

        Raises:
            UsageError: an option differs from what the run was started with.
            RunError: there is no such run, it is held, its device is not available, or its data have changed since.
        """
        wanted = unfinished(given.get("epochs"))
        with resume_run(cls.run_command(), out=out, root=root, unfinished=wanted, ranks=compute.ranks) as run:
            run.check_config()
            before: S = cls.settings_type.from_config(run.config)
            settings = merge_settings(before, given, run.directory, least=cls.fewest_epochs(before, run))
            cls.check_resumed(settings, run)
            compute = compute_as_before(run, compute, changed=changed)
            with cls.load_same_data(settings, request, compute, run) as (request, data):
                run.write_config({**settings.as_config(), **cls.data_config(request, data)})
                yield cls(settings=settings, request=request, data=data, compute=compute, run=run)

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
            observer: told of all events.
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

    def conclude(self, outcomes: Sequence[Mapping[str, Any]], *, seconds: float) -> dict[str, Any]:
        """Draw the figures, write ``result.json``, by which the run counts as finished, and return its document.

        Args:
            outcomes: that :meth:`train` returned.
            seconds: that the command took.
        """
        return self.compute.ranks.on_first(lambda: self._conclude(outcomes, seconds))

    def _conclude(self, outcomes: Sequence[Mapping[str, Any]], seconds: float) -> dict[str, Any]:
        document = {
            "command": self.command,
            "version": __version__,
            "seed": self.settings.seed,
            "run": str(self.run.directory),
            "epochs": self.settings.epochs,
            "device": self.compute.name,
            "threads": self.compute.threads,
            "precision": self.precision,
            **self.document(outcomes),
            "seconds": round(seconds, 3),
        }
        self.run.write_result(document)
        return document

    @classmethod
    def run_command(cls) -> str:
        """What :mod:`dlhw.learning.run` knows such runs by, as in ``cnn-train``."""
        return cls.command.replace(" ", "-")
