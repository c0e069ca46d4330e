"""The one way from an image of a word to the network's input, for training, evaluation and reading alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dlhw.errors import ImageError, UsageError
from dlhw.images.opening import open_image

HEIGHT = 32
"""Pixels that every image is scaled to, width in proportion."""

MIN_WIDTH, MAX_WIDTH = 8, 256
"""An image that would become narrower is stretched, one that would become wider is squeezed."""

MAX_MEGAPIXELS = 50.0
LARGEST_MEGAPIXELS = 178.0
"""Above this Pillow refuses to open a file, whatever is asked."""

MAX_ASPECT = 100
"""Beyond it a word would be squeezed at least twelvefold, and nobody could read it."""

PREPROCESSING = (
    f"rotated as EXIF says, transparency on white, grey (ITU-R 601-2 luma), height {HEIGHT}, width in proportion "
    f"within {MIN_WIDTH} and {MAX_WIDTH}, Pillow's antialiasing bilinear filter, uint8"
)
"""What :func:`load_image` and :func:`prepare` do, for a checkpoint's header."""


def load_image(
    source: Path | bytes | Image.Image, *, max_megapixels: float = MAX_MEGAPIXELS, name: str | None = None
) -> Image.Image:
    """Read an image of a word as RGB.

    Args:
        source: a file, or its contents.
        max_megapixels: the largest size that is decoded, 178 at most.
        name: what an error calls the image; by default the path.

    Raises:
        ImageError: it is no image, is truncated, is larger than allowed, is smaller than 2×2 pixels, or one side
            is more than a hundred times the other.
        UsageError: ``max_megapixels`` is out of range.
    """
    if not 0 < max_megapixels <= LARGEST_MEGAPIXELS:
        raise UsageError(f"`max_megapixels` must be above 0 and at most {LARGEST_MEGAPIXELS:g}, got {max_megapixels:g}")
    name = name or (str(source) if isinstance(source, Path) else "the image")
    image = open_image(source, name=name, max_megapixels=max_megapixels)
    size = f"{image.width:,}×{image.height:,} pixels"
    if min(image.size) < 2:
        raise ImageError(name, f"{size} are too few to hold a word")
    if max(image.size) > MAX_ASPECT * min(image.size):
        raise ImageError(name, f"{size}: one side is more than {MAX_ASPECT} times the other")
    return image


def prepare(image: Image.Image) -> NDArray[np.uint8]:
    """Scale an image to the network's height.

    Args:
        image: RGB or grey, as :func:`load_image` or a renderer makes it.

    Returns:
        (32, W) uint8, grey, 8 ≤ W ≤ 256.
    """
    grey = image.convert("L")
    width = min(max(round(image.width * HEIGHT / image.height), MIN_WIDTH), MAX_WIDTH)
    return np.array(grey.resize((width, HEIGHT), Image.Resampling.BILINEAR))
