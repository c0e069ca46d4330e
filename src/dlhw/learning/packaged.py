"""Weights that come with the package: found by their names, and checked by their hashes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from dlhw.errors import CheckpointError
from dlhw.learning.files import write_json
from dlhw.learning.validation import check, parse

CHECKSUMS = "checksums.json"
"""The SHA-256 of each file, beside them."""


def packaged_weights(folder: Path, name: str, *, what: str, hint: str) -> Path:
    """The file of weights of a name.

    Args:
        folder: where the package keeps them.
        name: of the weights.
        what: for the message, as "recogniser".
        hint: what to do where they are missing.

    Raises:
        CheckpointError: the file is missing, or is not the one whose hash is noted.
    """
    path = folder / f"{name}.safetensors"
    try:
        expected = checksums(folder)[path.name]
        found = sha256(path)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(f"this installation of dlhw lacks the {what} {path.name}", hint) from error
    if found != expected:
        raise CheckpointError(
            f"{path} is damaged: its SHA-256 begins with {found[:12]}, and {expected[:12]} was expected",
            "install dlhw again",
        )
    return path


def reference(checkpoint: Path) -> str:
    """What ``--checkpoint`` takes for weights: the name of those of the package, the path of all others.

    The path of those of the package is the installation's, and means nothing on another machine.
    """
    return checkpoint.stem if _is_packaged(checkpoint) else str(checkpoint)


def shown_as(checkpoint: Path) -> str:
    """What a person calls weights: :func:`reference`, and whether they are those of the package."""
    return reference(checkpoint) + (", of the package" if _is_packaged(checkpoint) else "")


def _is_packaged(checkpoint: Path) -> bool:
    return (checkpoint.parent / CHECKSUMS).is_file()


def checksums(folder: Path) -> dict[str, str]:
    """The hashes by the names of the files. Raises OSError or ValueError."""
    noted: dict[str, str] = parse((folder / CHECKSUMS).read_bytes())
    check(noted, dict[str, str])
    return noted


def write_checksums(folder: Path, paths: Iterable[Path]) -> None:
    """Note the hashes of files in the folder. Raises RunError where they cannot be written."""
    write_json(folder / CHECKSUMS, {path.name: sha256(path) for path in paths})


def sha256(path: Path) -> str:
    """The hash of a file's contents, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
