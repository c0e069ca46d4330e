"""The recognisers that come with the package, checked by their hashes.

::

    attention.safetensors      what `dlhw ocr train` made, in half precision
    no-attention.safetensors   what `dlhw ocr train --no-attention` made
    reader.safetensors         what a long training on harder words made
    checksums.json             the SHA-256 of each
    README.md                  which runs they come from

:mod:`dlhw.ocr.pretrained.packing` makes these files from two runs.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from dlhw.errors import CheckpointError
from dlhw.learning.validation import check, parse

FOLDER = Path(__file__).parent
CHECKSUMS = "checksums.json"
ATTENTION, NO_ATTENTION, READER = NAMES = ("attention", "no-attention", "reader")
"""The two networks of the homework, and the one that reads best. A name works wherever a checkpoint's path does."""


def default_name(folder: Path = FOLDER) -> str:
    """The recogniser that reads where none is named: ``reader``, or ``attention`` in a package that has no reader."""
    try:
        packed = _checksums(folder)
    except (OSError, ValueError):
        return ATTENTION  # whose loading says what is missing
    return READER if f"{READER}.safetensors" in packed else ATTENTION


def pretrained(name: str | None = None, *, folder: Path = FOLDER) -> Path:
    """The file of a recogniser that comes with the package.

    Args:
        name: one of :data:`NAMES`; by default :func:`default_name`.
        folder: where the files lie.

    Raises:
        CheckpointError: the file is missing, or is not the one whose hash is noted.
    """
    name = default_name(folder) if name is None else name
    path = folder / f"{name}.safetensors"
    try:
        expected = _checksums(folder)[path.name]
        found = sha256(path)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(
            f"this installation of dlhw lacks the recogniser {path.name}",
            "train one with dlhw ocr train and name it with --checkpoint, or install dlhw again",
        ) from error
    if found != expected:
        raise CheckpointError(
            f"{path} is damaged: its SHA-256 begins with {found[:12]}, and {expected[:12]} was expected",
            "install dlhw again",
        )
    return path


def _checksums(folder: Path) -> dict[str, str]:
    checksums: dict[str, str] = parse((folder / CHECKSUMS).read_bytes())
    check(checksums, dict[str, str])
    return checksums


def sha256(path: Path) -> str:
    """The hash of a file's contents, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
