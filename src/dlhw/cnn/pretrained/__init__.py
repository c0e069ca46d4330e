"""The landscape network that comes with the package, checked by its hash.

::

    landscapes.safetensors     `gap` by the recipe `strong`, trained on procedural landscapes, in half precision
    checksums.json             its SHA-256
    README.md                  which run it comes from

:mod:`dlhw.cnn.pretrained.packing` makes these files from a run.
"""

from __future__ import annotations

from pathlib import Path

from dlhw.learning.packaged import packaged_weights

FOLDER = Path(__file__).parent
LANDSCAPES = "landscapes"
NAMES = (LANDSCAPES,)
"""A name works wherever a checkpoint's path does."""


def pretrained(name: str = LANDSCAPES, *, folder: Path = FOLDER) -> Path:
    """The file of a network that comes with the package.

    Args:
        name: one of :data:`NAMES`.
        folder: where the files lie.

    Raises:
        CheckpointError: the file is missing, or is not the one whose hash is noted.
    """
    hint = "train one with dlhw cnn train --gap and name it with --checkpoint, or install dlhw again"
    return packaged_weights(folder, name, what="network", hint=hint)
