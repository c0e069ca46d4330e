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

from pathlib import Path

from dlhw.learning.packaged import checksums, packaged_weights

FOLDER = Path(__file__).parent
ATTENTION, NO_ATTENTION, READER = NAMES = ("attention", "no-attention", "reader")
"""The two networks of the homework, and the one that reads best. A name works wherever a checkpoint's path does."""


def default_name(folder: Path = FOLDER) -> str:
    """The recogniser that reads where none is named: ``reader``, or ``attention`` in a package that has no reader."""
    try:
        packed = checksums(folder)
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
    hint = "train one with dlhw ocr train and name it as `checkpoint`, or install dlhw again"
    return packaged_weights(folder, name, what="recogniser", hint=hint)
