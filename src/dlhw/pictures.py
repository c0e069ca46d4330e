"""Opens a picture file as RGB, whatever it holds: the one place where both questions about pictures meet Pillow."""

from __future__ import annotations

import threading
import warnings
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from dlhw.errors import PictureError

_OPENING = threading.Lock()


def open_picture(
    source: Path | bytes,
    *,
    name: str | None = None,
    max_megapixels: float | None = None,
    draft: tuple[int, int] | None = None,
) -> Image.Image:
    """Read a picture as RGB.

    The camera's rotation is applied, transparency is laid on white, sixteen bits are scaled to eight, and of
    several pages or frames the first is taken. The size is checked before any pixel is decoded.

    Args:
        source: a file, or its contents.
        name: what an error calls it; by default the path.
        max_megapixels: the largest width × height, in millions; by default Pillow's own limit.
        draft: a JPEG may be decoded at a half, a quarter or an eighth of its size, which is far faster, as long as
            it stays as large as this (width, height).

    Raises:
        PictureError: it cannot be read as a picture, or claims to be larger than allowed.
    """
    name = name or (str(source) if isinstance(source, Path) else "the picture")
    try:
        with _open(source) as file:
            _check_size(file, name, max_megapixels)
            if draft:
                file.draft("RGB", draft)
            ImageOps.exif_transpose(file, in_place=True)
            return _opaque(file)
    except PictureError:
        raise
    except Image.DecompressionBombError as error:  # twice Pillow's limit: it does not even say the size
        raise PictureError(name, f"its size exceeds {_limit(max_megapixels)}") from error
    except Exception as error:  # a broken file makes Pillow raise whatever it stumbles over: zlib.error, KeyError, …
        raise PictureError(name, _explain(error, source)) from error


def _open(source: Path | bytes) -> Image.Image:
    """Read the header alone. Pillow's warnings about it are not for people: the size is checked here, next."""
    with _OPENING, warnings.catch_warnings():  # warnings' filters belong to the process, not to a thread
        warnings.simplefilter("ignore")
        return Image.open(source if isinstance(source, Path) else BytesIO(source))


def _check_size(file: Image.Image, name: str, max_megapixels: float | None) -> None:
    allowed = Image.MAX_IMAGE_PIXELS if max_megapixels is None else max_megapixels * 1e6
    if allowed is not None and file.width * file.height > allowed:
        raise PictureError(name, f"{file.width:,}×{file.height:,} pixels exceed {_limit(max_megapixels)}")


def _limit(max_megapixels: float | None) -> str:
    if max_megapixels is None:
        return f"{(Image.MAX_IMAGE_PIXELS or 0) / 1e6:.3g} megapixels"
    return f"--max-megapixels {max_megapixels:g}"


def _explain(error: Exception, source: Path | bytes) -> str:
    if isinstance(error, UnidentifiedImageError):
        size = source.stat().st_size if isinstance(source, Path) else len(source)
        return "not a picture" if size else "the file is empty"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__


def _opaque(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I;16") or picture.mode == "I":
        # 16-bit grey: Pillow would clip at 255 instead of scaling.
        return Image.fromarray((np.asarray(picture).clip(0, 65535) // 257).astype(np.uint8)).convert("RGB")
    if picture.mode == "F":
        raise ValueError("its pixels are floating-point numbers, of which nothing says what is white")
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        white = Image.new("RGBA", picture.size, "white")
        return Image.alpha_composite(white, picture).convert("RGB")
    return picture.convert("RGB")
