"""The pictures of a run, noted in its configuration, and found again when it is gone on with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from dlhw.cnn.data import Landscapes
from dlhw.cnn.intel import located
from dlhw.errors import RunError, UsageError

Load = Callable[[Path | None, bool], Landscapes]
"""Loads the pictures of a source; the second argument is ``strict``."""


def remember(source: Path | None, data: Landscapes, *, strict: bool) -> dict[str, Any]:
    """What a run's configuration keeps of its pictures: where they are, and a hash of them.

    Args:
        source: as it was given; ``None`` for procedural landscapes.
        data: what was loaded from there.
        strict: whether an unreadable picture was an error.
    """
    source = located(source)
    return {
        "path": None if source is None else str(source.resolve()),
        "source": data.source,
        "strict": strict,
        "fingerprint": data.fingerprint(),
    }


def recall(noted: Mapping[str, Any], source: Path | None, directory: Path, load: Load) -> Landscapes:
    """The pictures that a run was started with.

    Args:
        noted: by :func:`remember`.
        source: the pictures, if named again.
        directory: of the run, for the messages.
        load: how to load them.

    Raises:
        UsageError: others are named.
        RunError: they have changed since.
    """
    path = None if noted["path"] is None else Path(noted["path"])
    source = located(source)
    if source is not None and source.resolve() != path:
        raise UsageError(
            f"the run in {directory} learns from {path or 'procedural landscapes'}, and --data {source} came",
            "leave --data out, or start another run without --resume",
        )
    data = replace(load(path, noted["strict"]), source=noted["source"])
    if data.fingerprint() != noted["fingerprint"]:
        raise RunError(
            f"the pictures of {data.source} are not those that the run in {directory} was started with",
            "put the old ones back, or start another run",
        )
    return data
