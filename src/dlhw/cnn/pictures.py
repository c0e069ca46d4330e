"""One way to read a picture from a file, for training and for prediction alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from dlhw.cnn.network import SIDE
from dlhw.pictures import open_picture


def read_picture(source: Path | bytes, *, name: str | None = None) -> NDArray[np.uint8]:
    """Read a picture of any size as (48, 48, 3) uint8, RGB.

    The camera's rotation is applied, transparency is laid on white, the middle square is cut out, so that
    things keep their proportions, and scaled with Pillow's antialiasing bilinear filter.

    Args:
        source: a file, or its contents.
        name: what an error calls it; by default the path.

    Raises:
        PictureError: the file cannot be read as a picture, or claims to be of an absurd size.
    """
    picture = open_picture(source, name=name, draft=(2 * SIDE, 2 * SIDE))
    square = ImageOps.fit(picture, (SIDE, SIDE), Image.Resampling.BILINEAR)
    return np.asarray(square, dtype=np.uint8)
