"""A run that learns from pictures: started with them, or resumed once they are found again."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Generic, Protocol, Self, TypeVar

from dlhw.cnn.data import Landscapes
from dlhw.cnn.dataset_fingerprint import load_same_dataset, note_dataset
from dlhw.learning.device import Compute
from dlhw.learning.resuming import Changeable, compute_as_before, merge_settings, unfinished
from dlhw.learning.run import Run, check_start, resume_run, start_run


class PictureSettings(Protocol):
    """What is trained, and how; kept in the run's configuration."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def epochs(self) -> int: ...

    def as_config(self) -> dict[str, Any]: ...

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self: ...


S = TypeVar("S", bound=PictureSettings)


@dataclass(frozen=True, kw_only=True)
class PictureRun(ABC, Generic[S]):
    """A run that this process holds, with its settings and its pictures."""

    command: ClassVar[str]
    """What :mod:`dlhw.learning.run` knows such runs by."""

    settings_type: ClassVar[type[PictureSettings]]

    settings: S
    data: Landscapes
    compute: Compute
    """Where, and with how many threads: a run that is resumed keeps what it had."""

    run: Run

    @property
    def procedural(self) -> bool:
        """Whether the pictures were drawn, not given."""
        return self.run.config["data"]["path"] is None

    @classmethod
    @abstractmethod
    def load(cls, settings: S, source: Path | None, *, strict: bool) -> Landscapes:
        """The pictures of ``source``, as for :func:`dlhw.cnn.sources.load_landscapes`."""

    @classmethod
    def check_resumed(cls, settings: S, run: Run) -> None:
        """Raise where a run cannot be resumed.

        Args:
            settings: those it was started with, with the epochs asked for now.
            run: with its configuration as it was.
        """

    @classmethod
    @contextmanager
    def start(
        cls,
        settings: S,
        compute: Compute,
        source: Path | None = None,
        *,
        strict: bool = False,
        out: Path | None = None,
        force: bool = False,
        root: Path = Path("runs"),
    ) -> Iterator[Self]:
        """Load the pictures, then make the run directory: bad data never costs an old run.

        Args:
            settings: what is trained, and how.
            compute: where, and with how many threads.
            source: as for :func:`dlhw.cnn.sources.load_landscapes`.
            strict: fail at an unreadable picture.
            out: the run directory; without it a numbered one under ``root``.
            force: start anew where ``out`` already holds a run.
            root: where numbered runs lie.
        """
        compute.ranks.on_first(lambda: check_start(out, force=force))
        with compute.ranks.agreed():
            data = cls.load(settings, source, strict=strict)
            noted = note_dataset(source, data, strict=strict)
        compute.ranks.check_same("data", noted["fingerprint"])
        with start_run(cls.command, out=out, force=force, root=root, ranks=compute.ranks) as run:
            run.write_config({**settings.as_config(), "data": noted})
            yield cls(settings=settings, data=data, compute=compute, run=run)

    @classmethod
    @contextmanager
    def resume(
        cls,
        given: Mapping[str, Any],
        compute: Compute,
        source: Path | None = None,
        *,
        changed: Collection[Changeable] = (),
        out: Path | None = None,
        root: Path = Path("runs"),
    ) -> Iterator[Self]:
        """Go on with a run as it was started; more epochs extend it, where it can be extended.

        Args:
            given: settings that were asked for again; only ``epochs`` may differ, upwards.
            compute: what this process would use; the run's own device and threads win.
            source: the pictures, if named again.
            changed: what is to be as in ``compute``, and not as in the run.
            out: the run directory; without it the newest unfinished one under ``root``.
            root: where numbered runs lie.

        Raises:
            UsageError: an option differs from what the run was started with.
            RunError: there is no such run, it is held, its device is not there, or its pictures have changed since.
        """
        ranks = compute.ranks
        with resume_run(
            cls.command, out=out, root=root, unfinished=unfinished(given.get("epochs")), ranks=ranks
        ) as run:
            run.check_config()
            before: S = cls.settings_type.from_config(run.config)  # type: ignore[assignment]
            settings = merge_settings(before, given, run.directory)
            cls.check_resumed(settings, run)
            compute = compute_as_before(run, compute, changed=changed)
            noted = run.config["data"]
            with ranks.agreed():
                data, noted = load_same_dataset(
                    noted, source, run.directory, lambda path, strict: cls.load(settings, path, strict=strict)
                )
            run.write_config({**settings.as_config(), "data": noted})
            yield cls(settings=settings, data=data, compute=compute, run=run)
