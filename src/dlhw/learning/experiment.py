"""An experiment: what was asked for, on which data, in a run directory that this process holds.

This is the only place that starts an experiment, finds an unfinished one, resumes it and writes its result. What
differs between experiments is what a subclass of :class:`Experiment` says: the settings, the data, and the document in
which they end. Those that train trials are :class:`dlhw.learning.training.Training`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Generic, Protocol, Self, TypeVar

from dlhw import __version__
from dlhw.learning.device import Compute
from dlhw.learning.resuming import Changeable
from dlhw.learning.run import CONFIG, RUNS, Run, check_start, newest_run, resume_run, start_run


class ExperimentSettings(Protocol):
    """What is done, and how: a frozen dataclass, kept in the run's configuration."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

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
    may_hold: ClassVar[frozenset[str]] = frozenset()
    """What may lie in a folder before an experiment is started there."""

    concluding: ClassVar[str] = ""
    """What :meth:`conclude` spends seconds on, for a person; empty where it takes none."""

    settings: S
    request: R
    """Which data were asked for."""

    data: D
    compute: Compute
    """Where, and with how many threads."""

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

    @classmethod
    @abstractmethod
    def same_settings(cls, before: S, given: Mapping[str, Any], run: Run) -> S:
        """The settings that a run continues with.

        Args:
            before: those it was started with.
            given: settings that were asked for again.
            run: with its configuration as it was.

        Raises:
            UsageError: an option differs that cannot.
            RunError: this run cannot be resumed.
        """

    @classmethod
    @abstractmethod
    def unfinished(cls, given: Mapping[str, Any], request: R) -> Callable[[Path], bool]:
        """Whether a run directory is one to continue, of the settings and the data that are asked for."""

    @abstractmethod
    def document(self, outcomes: Sequence[Any]) -> dict[str, Any]:
        """Draw the figures, and return what the command's document says beyond the keys of :meth:`conclude`.

        Args:
            outcomes: of what was done.
        """

    def heading(self) -> dict[str, Any]:
        """The keys of the document that stand before those of :meth:`document`."""
        return {}

    @classmethod
    def compute_again(cls, run: Run, compute: Compute, changed: Collection[Changeable]) -> Compute:
        """Where a run goes on, as in :func:`dlhw.learning.resuming.compute_as_before`; here, as this process would."""
        return compute

    @property
    def resume_options(self) -> list[str]:
        """What the command that resumes the run has to be given again."""
        return []

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
        root: Path = RUNS,
    ) -> Iterator[Self]:
        """Load the data, then make the run directory: bad data never costs an old run.

        Args:
            settings: what is done, and how.
            request: which data.
            compute: where, and with how many threads.
            out: the run directory; without it a numbered one under ``root``.
            force: start anew where ``out`` already holds a run.
            root: where numbered runs lie.

        Raises:
            RunError: ``out`` holds a run or other files, is held by another process, or cannot be made.
        """
        ranks = compute.ranks
        ranks.on_first(lambda: check_start(out, force=force, may_hold=cls.may_hold))
        with (
            cls.load_data(settings, request, compute) as (request, data),
            start_run(cls.run_command(), out=out, force=force, root=root, ranks=ranks, may_hold=cls.may_hold) as run,
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
        root: Path = RUNS,
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
        wanted = cls.unfinished(given, request)
        with resume_run(cls.run_command(), out=out, root=root, unfinished=wanted, ranks=compute.ranks) as run:
            run.check_config()
            settings = cls.same_settings(cls.settings_type.from_config(run.config), given, run)
            compute = cls.compute_again(run, compute, changed)
            with cls.load_same_data(settings, request, compute, run) as (request, data):
                run.write_config({**settings.as_config(), **cls.data_config(request, data)})
                yield cls(settings=settings, request=request, data=data, compute=compute, run=run)

    @classmethod
    def start_or_resume(
        cls,
        settings: S,
        request: R,
        compute: Compute,
        *,
        changed: Collection[Changeable] = (),
        out: Path | None = None,
    ) -> AbstractContextManager[Self]:
        """Resume the run in ``out``, or the newest unfinished one that is as asked for; else start one.

        Args and errors are those of :meth:`start` and :meth:`resume`.
        """
        given = vars(settings)
        wanted = cls.unfinished(given, request)
        there = newest_run(cls.run_command(), wanted=wanted) if out is None else out
        if there is None or not (there / CONFIG).exists():
            return cls.start(settings, request, compute, out=out)
        return cls.resume(given, request, compute, changed=changed, out=there)

    def conclude(self, outcomes: Sequence[Any], *, seconds: float) -> dict[str, Any]:
        """Draw the figures, write the result, by which the run counts as finished, and return its document.

        Args:
            outcomes: of what was done.
            seconds: that the command took.
        """
        return self.compute.ranks.on_first(lambda: self._conclude(outcomes, seconds))

    def _conclude(self, outcomes: Sequence[Any], seconds: float) -> dict[str, Any]:
        document = {
            "command": self.command,
            "version": __version__,
            "seed": self.settings.seed,
            **self.heading(),
            **self.document(outcomes),
            "seconds": round(seconds, 3),
        }
        self.write_result(document)
        return document

    def write_result(self, document: Mapping[str, Any]) -> None:
        """Keep the document in the run directory."""
        self.run.write_result(document)

    @classmethod
    def run_command(cls) -> str:
        """What :mod:`dlhw.learning.run` knows such runs by, as in ``cnn-train``."""
        return cls.command.replace(" ", "-")
