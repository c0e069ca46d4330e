"""One way to read a picture from a file, for training and for prediction alike."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from dlhw.cnn.network import SIDE
from dlhw.errors import DataError


def read_picture(path: Path) -> NDArray[np.uint8]:
    """Read a picture of any size as (48, 48, 3) uint8, RGB.

    The camera's rotation is applied, transparency is laid on white, the middle square is cut out, so that
    things keep their proportions, and scaled with Pillow's antialiasing bilinear filter.

    Raises:
        DataError: the file cannot be read as a picture, or claims to be of an absurd size.
    """
    try:
        with warnings.catch_warnings():
            # Above Pillow's limit a small file can ask for gigabytes; its warning counts as an error here.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as file:
                # JPEG can decode at a half, a quarter or an eighth of its size, which is far faster.
                file.draft("RGB", (2 * SIDE, 2 * SIDE))
                picture = _opaque(ImageOps.exif_transpose(file))
    except (
        OSError,  # UnidentifiedImageError is one; so is a truncated file
        ValueError,
        SyntaxError,  # Pillow's word for a broken PNG
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ) as error:
        reason = "not a picture" if isinstance(error, UnidentifiedImageError) else str(error)
        raise DataError(f"{path} cannot be read: {reason}") from error
    square = ImageOps.fit(picture, (SIDE, SIDE), Image.Resampling.BILINEAR)
    return np.asarray(square, dtype=np.uint8)


def _opaque(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I;16") or picture.mode == "I":
        # 16-bit grey: Pillow would clip at 255 instead of scaling.
        return Image.fromarray((np.asarray(picture).clip(0, 65535) // 257).astype(np.uint8)).convert("RGB")
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        white = Image.new("RGBA", picture.size, "white")
        return Image.alpha_composite(white, picture).convert("RGB")
    return picture.convert("RGB")
