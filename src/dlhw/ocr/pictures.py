"""The one way from a picture to what the network sees."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

HEIGHT = 32
MIN_WIDTH = 8
MAX_WIDTH = 256


def prepare(image: Image.Image) -> NDArray[np.uint8]:
    """A picture as the network sees it: (32, W) uint8, grey, its aspect kept, 8 to 256 wide."""
    width = min(max(round(image.width * HEIGHT / image.height), MIN_WIDTH), MAX_WIDTH)
    return np.asarray(image.convert("L").resize((width, HEIGHT), Image.Resampling.BILINEAR))
