"""The recognisers that come with the package, checked by their hashes.

::

    attention.safetensors      what `dlhw ocr train` made, in half precision
    no-attention.safetensors   what `dlhw ocr train --no-attention` made
    checksums.json             the SHA-256 of each
    README.md                  which runs they come from

:mod:`dlhw.ocr.pretrained.packing` makes these files from two runs.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from dlhw.errors import CheckpointError

FOLDER = Path(__file__).parent
CHECKSUMS = "checksums.json"
NAMES = {True: "attention", False: "no-attention"}
"""Of the recognisers with attention and without."""


def pretrained(*, attention: bool = True, folder: Path = FOLDER) -> Path:
    """The file of a recogniser that comes with the package.

    Args:
        attention: the network with attention, or the one without.
        folder: where the files lie.

    Raises:
        CheckpointError: the file is missing, or is not the one whose hash is noted.
    """
    path = folder / f"{NAMES[attention]}.safetensors"
    try:
        expected = json.loads((folder / CHECKSUMS).read_bytes())[path.name]
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


def sha256(path: Path) -> str:
    """The hash of a file's contents, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
