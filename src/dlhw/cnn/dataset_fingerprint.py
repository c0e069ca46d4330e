"""The images of a run, noted in its configuration, and found again when it is resumed.

They are identified by their content, a hash of all pixels and labels with the classes in order, never by how their
place is spelled: data that was moved or renamed is the same data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from dlhw.cnn.data import Landscapes
from dlhw.cnn.intel import located
from dlhw.errors import RunError, UsageError

Load = Callable[[Path | None, bool], Landscapes]
"""Loads the images of a source; the second argument is ``strict``."""


def note_dataset(source: Path | None, data: Landscapes, *, strict: bool) -> dict[str, Any]:
    """What a run's configuration keeps of its images: where they are, and what they are.

    Args:
        source: as it was given; ``None`` for procedural landscapes.
        data: what was loaded from there.
        strict: whether an unreadable image was an error.
    """
    source = located(source)
    return {
        "path": None if source is None else str(source.resolve()),
        "source": data.source,
        "strict": strict,
        "fingerprint": data.fingerprint(),
        "classes": list(data.class_names),
    }


def is_same_dataset(noted: Mapping[str, Any], data: Landscapes) -> bool:
    """Whether images are those that :func:`note_dataset` noted. Runs of an earlier dlhw did not note the classes."""
    classes = noted.get("classes", list(data.class_names))
    return bool(data.fingerprint() == noted.get("fingerprint") and list(data.class_names) == classes)


def load_same_dataset(
    noted: Mapping[str, Any], source: Path | None, directory: Path, load: Load
) -> tuple[Landscapes, dict[str, Any]]:
    """The images that a run was started with, and what its configuration keeps of them from now on.

    Args:
        noted: by :func:`note_dataset`.
        source: the images, if named again, wherever they are now.
        directory: of the run, for the messages.
        load: how to load them.

    Raises:
        UsageError: others are named.
        RunError: they have changed since, or no longer exist.
    """
    path = None if noted["path"] is None else Path(noted["path"])
    source = located(source)
    if source is None and path is not None and not path.exists():
        raise RunError(
            f"the run in {directory} learns from {path}, which no longer exists",
            "say with `data` where the same images are now",
        )
    place = path if source is None else source
    if source is not None and path is None:
        raise UsageError(
            f"the run in {directory} learns from procedural landscapes, not from `data` {source}",
            "leave `data` out, or start another run without `resume`",
        )
    data = load(place, noted["strict"])
    if source is None:  # found by its whole path, and called what a person called it
        data = replace(data, source=noted["source"])
    if is_same_dataset(noted, data):
        return data, {**noted, "path": None if place is None else str(place.resolve()), "source": data.source}
    if source is not None and source.resolve() != path:
        raise UsageError(
            f"the run in {directory} learns from {path}, but `data` {source} holds other images",
            "leave `data` out, or start another run without `resume`",
        )
    raise RunError(
        f"the images of {data.source} are not those that the run in {directory} was started with",
        "put the old ones back, or start another run",
    )
