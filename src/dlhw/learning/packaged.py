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


def shown_as(checkpoint: Path) -> str:
    """What a person calls weights: those of the package by their name, as their path is the installation's."""
    packaged = (checkpoint.parent / CHECKSUMS).is_file()
    return f"{checkpoint.stem}, of the package" if packaged else str(checkpoint)


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
