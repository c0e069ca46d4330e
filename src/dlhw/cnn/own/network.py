"""A person's network, to be trained by the recipes of ``dlhw cnn train`` and loaded again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from torch import nn

from dlhw.cnn.architecture import SIDE
from dlhw.cnn.own.target import CannotBuild, Target, build, parse_target
from dlhw.errors import DataError, RunError
from dlhw.foreign.loading import load_file, their_code

KEPT = "network.py"
"""The copy of a person's file in a run."""

HINT = f"the network takes floats of shape (images, 3, {SIDE}, {SIDE}) from 0 to 1 and gives (images, classes)"


@dataclass(frozen=True, kw_only=True)
class OwnNetwork:
    """A network in a person's file. Two are equal whose file has the same contents, wherever it lies."""

    name: str = field(compare=False)
    """For people, as ``mine.py:Network``."""

    expression: str
    sha256: str
    """Of the file's contents."""

    file: Path | None = field(default=None, compare=False)
    """``None`` for a run's network until a person names the file: no run may say which code is executed."""

    folder: Path | None = field(default=None, compare=False)
    """Where the files beside it lie."""

    def __str__(self) -> str:
        return f"{self.name} (SHA-256 {self.sha256[:12]})"

    @classmethod
    def read(cls, target: Target) -> Self:
        """The network that is named, not executed yet.

        Raises:
            DataError: the file cannot be read.
        """
        target.check_there()
        file = target.file.resolve()
        try:
            digest = _digest(file)
        except OSError as error:
            raise DataError(f"{target.file} cannot be read: {error.strerror}", "`module` is FILE.py:NAME") from error
        name = f"{file.name}:{target.expression}"
        return cls(name=name, expression=target.expression, sha256=digest, file=file, folder=file.parent)

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """What a run says of its network: which it is, and not where."""
        return cls(**{key: config[key] for key in ("name", "expression", "sha256")})

    def as_config(self) -> dict[str, Any]:
        return {"name": self.name, "expression": self.expression, "sha256": self.sha256}

    def as_header(self) -> dict[str, Any]:
        """What a checkpoint says of it."""
        return {"module": {"expression": self.expression, "sha256": self.sha256}}

    def keep(self, folder: Path) -> Self:
        """Copy the file there, so that it may be edited while this network is trained.

        Raises:
            RunError: it cannot be written.
        """
        assert self.file is not None
        copy = folder.resolve() / KEPT
        try:
            if not copy.exists() or _digest(copy) != self.sha256:
                copy.write_bytes(self.file.read_bytes())
        except OSError as error:
            raise RunError(f"could not write {copy}: {error.strerror}") from error
        return replace(self, file=copy)

    def try_training(self, classes: int) -> None:
        """Take a training step on noise, in a process of its own.

        Args:
            classes: how many numbers it must give an image.

        Raises:
            DataError: it is no network, needs arguments, gives other shapes, cannot be trained, hangs or ends its
                process.
            TheirFault: an error within the file.
        """
        from dlhw.foreign.process import run_file

        assert self.file is not None
        request = {"expression": self.expression, "classes": classes}
        for answer in run_file(self.file, "dlhw.cnn.own.task:try_training", request, hint=HINT):
            if answer["kind"] == "unusable":
                raise DataError(f"{self.name}: {answer['reason']}", HINT)

    def in_charge(self, doing: str, *, loading: bool = False) -> AbstractContextManager[None]:
        """While its code runs in this process: see :func:`dlhw.foreign.loading.their_code`."""
        assert self.file is not None
        return their_code(self.file, doing=f"{doing} {self.expression}", hint=HINT, loading=loading)

    def build(self, *, classes: int, dropout: float) -> nn.Module:
        """Execute the file in this process, and build the network.

        Args:
            classes: has been tried.
            dropout: the network has its own.

        Raises:
            DataError: the file has changed, or what is named is no network.
            TheirFault: an error within the file.
        """
        del classes, dropout
        assert self.file is not None
        if _digest(self.file) != self.sha256:
            raise DataError(f"{self.file} has changed since this command began", "start the command again")
        with self.in_charge("making", loading=True):
            try:
                return build(load_file(self.file, folder=self.folder), self.expression).float()
            except CannotBuild as error:
                raise DataError(f"{self.name}: {error}", HINT) from error


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def own_network(text: str | None) -> OwnNetwork | None:
    """What ``--module`` names, if anything. Raises as :func:`dlhw.cnn.own.target.parse_target` and ``read`` do."""
    return None if text is None else OwnNetwork.read(parse_target(text))
