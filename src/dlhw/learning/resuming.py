"""Going on with a run as it was started: which run, and which of the options given again may differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar

from dlhw.errors import UsageError
from dlhw.learning.files import read_json
from dlhw.learning.run import RESULT, read_config


class _Settings(Protocol):
    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def epochs(self) -> int: ...


S = TypeVar("S", bound=_Settings)


def unfinished(epochs: int | None) -> Callable[[Path], bool]:
    """Whether a run directory is one to go on with: it has no result, or one of fewer epochs than are wanted.

    Args:
        epochs: as asked for again; the run's own number counts where it is larger.
    """

    def wanted(directory: Path) -> bool:
        # An extension that was interrupted still has the result of the shorter run.
        result = directory / RESULT
        return not result.exists() or read_json(result)["epochs"] < max(epochs or 0, read_config(directory)["epochs"])

    return wanted


def merge_settings(saved: S, given: Mapping[str, Any], directory: Path, *, least: int | None = None) -> S:
    """The settings that a run was started with, extended to the epochs asked for now.

    Args:
        saved: of the run.
        given: fields that were asked for again; only ``epochs`` may differ, upwards.
        directory: of the run, for the messages.
        least: the fewest epochs that the run can be shortened to; ``None`` where it cannot.

    Raises:
        UsageError: another field differs, or the run would be shortened.
    """
    for name, value in given.items():
        before = getattr(saved, name)
        if value != before and name != "epochs":
            raise UsageError(
                f"the run in {directory} was started with {name} {_plain(before)}, and {_plain(value)} came",
                "leave the option out, or start another run without --resume",
            )
    epochs = given.get("epochs", saved.epochs)
    if epochs < (saved.epochs if least is None else min(least, saved.epochs)):
        raise UsageError(
            f"the run in {directory} goes to epoch {saved.epochs}, and --epochs {epochs} came",
            "a run can be extended, not shortened" if least is None else f"it can end at epoch {least} at the soonest",
        )
    return replace(saved, epochs=epochs)


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
