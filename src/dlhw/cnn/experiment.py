"""Experiments that learn from landscapes: their images are loaded, and found again when they are resumed."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from dlhw.cnn.data import Landscapes
from dlhw.cnn.dataset_fingerprint import load_same_dataset, note_dataset
from dlhw.learning.device import Compute
from dlhw.learning.run import Run
from dlhw.learning.training import Training, TrainingSettings

S = TypeVar("S", bound=TrainingSettings)


@dataclass(frozen=True, kw_only=True)
class Source:
    """Which images to learn from."""

    path: Path | None = None
    """As for :func:`dlhw.cnn.sources.load_landscapes`; ``None`` for procedural landscapes."""

    strict: bool = False
    """Fail at an unreadable image instead of skipping it."""


@dataclass(frozen=True, kw_only=True)
class LandscapeExperiment(Training[S, Source, Landscapes]):
    """An experiment whose run directory this process holds, with its images."""

    @property
    def procedural(self) -> bool:
        """Whether the images were drawn, not given."""
        return self.request.path is None

    @classmethod
    @abstractmethod
    def load_images(cls, settings: S, source: Path | None, *, strict: bool) -> Landscapes:
        """The images of ``source``, as for :func:`dlhw.cnn.sources.load_landscapes`."""

    @classmethod
    @contextmanager
    def load_data(cls, settings: S, request: Source, compute: Compute) -> Iterator[tuple[Source, Landscapes]]:
        """Load the images."""
        with compute.ranks.agreed():
            data = cls.load_images(settings, request.path, strict=request.strict)
        compute.ranks.check_same("data", data.fingerprint())
        yield request, data

    @classmethod
    @contextmanager
    def load_same_data(
        cls, settings: S, request: Source, compute: Compute, run: Run
    ) -> Iterator[tuple[Source, Landscapes]]:
        """Load the images that a run was started with."""
        with compute.ranks.agreed():
            data, noted = load_same_dataset(
                run.config["data"],
                request.path,
                run.directory,
                lambda path, strict: cls.load_images(settings, path, strict=strict),
            )
        yield Source(path=None if noted["path"] is None else Path(noted["path"]), strict=noted["strict"]), data

    @classmethod
    def data_config(cls, request: Source, data: Landscapes) -> dict[str, Any]:
        """Where the images are, and what they are: see :func:`dlhw.cnn.dataset_fingerprint.note_dataset`."""
        return {"data": note_dataset(request.path, data, strict=request.strict)}
