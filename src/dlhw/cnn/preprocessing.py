"""One way to read an image from a file, for training and for prediction alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from dlhw.cnn.architecture import SIDE
from dlhw.images.opening import open_image


def read_image(source: Path | bytes, *, name: str | None = None) -> NDArray[np.uint8]:
    """Read an image of any size as (48, 48, 3) uint8, RGB.

    The camera's rotation is applied, transparency is laid on white, the middle square is cut out, so that
    things keep their proportions, and scaled with Pillow's antialiasing bilinear filter.

    Args:
        source: a file, or its contents.
        name: what an error calls it; by default the path.

    Raises:
        ImageError: the file cannot be read as an image, or claims to be of an absurd size.
    """
    return squared(load_image(source, name=name))


def load_image(source: Path | bytes | Image.Image, *, name: str | None = None) -> Image.Image:
    """Read an image as RGB, and a large JPEG as small as suffices. Raises as :func:`read_image` does."""
    return open_image(source, name=name, draft=(2 * SIDE, 2 * SIDE))


def squared(image: Image.Image) -> NDArray[np.uint8]:
    """Cut the middle square out of an RGB image, and scale it to (48, 48, 3)."""
    return np.asarray(ImageOps.fit(image, (SIDE, SIDE), Image.Resampling.BILINEAR), dtype=np.uint8)
