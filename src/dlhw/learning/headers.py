"""Headers of checkpoints, read without PyTorch.

A header is a single metadata entry of a safetensors file, ``dlhw``, that holds a JSON object. ``schema`` counts the
changes of its form, ``kind`` is ``"weights"`` or ``"state"``, and the rest says what the tensors belong to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from dlhw import __version__
from dlhw.errors import CheckpointError
from dlhw.learning.schemas import HEADERS, Header
from dlhw.learning.trial_folder import BEST, OUTCOME, STATE
from dlhw.learning.validation import check, parse

SCHEMA = 1
ENTRY = "dlhw"


def load_header(path: Path, *, kind: str) -> dict[str, Any]:
    """Read the header of a checkpoint of the given kind, which takes no longer for large tensors.

    Raises:
        CheckpointError: the file is missing, damaged, not of dlhw, of another kind or of a later schema.
    """
    with opened(path, framework="np") as file:
        metadata = file.metadata()
    return parse_header(path, metadata, kind=kind)


@contextmanager
def opened(path: Path, *, framework: str) -> Iterator[Any]:
    """An open safetensors file.

    Args:
        path: the file.
        framework: ``pt`` for tensors of PyTorch, ``np`` where it is not to be imported.

    Raises:
        CheckpointError: the file is missing or damaged.
    """
    try:
        with safe_open(path, framework=framework) as file:
            yield file
    except FileNotFoundError as error:
        raise CheckpointError(f"there is no checkpoint {path}", "check the path") from error
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{path} is not a whole checkpoint: {error}", works(path)) from error


def parse_header(path: Path, metadata: Mapping[str, str] | None, *, kind: str) -> dict[str, Any]:
    """The header in the metadata of a file. Raises as :func:`load_header` does."""
    try:
        header = parse((metadata or {})[ENTRY])
        schema = header["schema"]
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(
            f"{path} is a safetensors file, but not one of dlhw", "give a best.safetensors of a dlhw run"
        ) from error
    if not isinstance(schema, int) or schema > SCHEMA:
        raise CheckpointError(
            f"{path} has schema {schema}, and this dlhw {__version__} reads schemas up to {SCHEMA}",
            "install a newer dlhw",
        )
    if header.get("kind") != kind:
        raise CheckpointError(f"{path} holds {header.get('kind')!r}, where {kind!r} was expected")
    try:
        check(header, HEADERS.get(kind, Header))
    except ValueError as error:
        raise CheckpointError(f"the header of {path} is damaged: {error}", works(path)) from error
    return dict(header)


def works(path: Path) -> str:
    """What to do where a checkpoint is damaged, and what still works."""
    if path.name == STATE:
        return f"delete it: `resume` starts this training from its beginning; {path.with_name(BEST)} still works"
    if path.with_name(STATE).exists():
        run = path.parent.parent
        return f"delete it and {OUTCOME} beside it: `resume` with `out` {run} writes both again from {STATE}"
    return "get it again, or train it again"
