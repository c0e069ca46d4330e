"""Opens an image file as RGB, whatever it holds: the one place where dlhw meets Pillow's decoders."""

from __future__ import annotations

import threading
import warnings
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps, UnidentifiedImageError

from dlhw.errors import ImageError
from dlhw.images.formats import BEGINNING, foreign_format
from dlhw.images.intensity import to_rgb

PAGES = "pages"
"""Where :attr:`PIL.Image.Image.info` keeps how many pages the file has, if there are several."""

PAGED = {"TIFF", "GIF", "WEBP", "PNG", "AVIF"}
"""Formats whose further pages or frames are images of their own. A camera's MPO holds previews and maps."""

_OPENING = threading.Lock()


def open_image(
    source: Path | bytes | Image.Image,
    *,
    name: str | None = None,
    max_megapixels: float | None = None,
    draft: tuple[int, int] | None = None,
) -> Image.Image:
    """Read an image as RGB.

    The camera's rotation is applied, transparency is laid on white (on black where nothing would be seen on white),
    more than eight bits are scaled to eight, and of several pages or frames the first is taken (:func:`pages` says
    how many there are). The size is checked before any pixel is decoded.

    Args:
        source: a file, its contents, or an image in memory, which stays as it is.
        name: what an error calls it; by default the path.
        max_megapixels: the largest width × height, in millions; by default Pillow's own limit.
        draft: a JPEG may be decoded at a half, a quarter or an eighth of its size, which is far faster, as long as
            it stays as large as this (width, height).

    Raises:
        ImageError: it cannot be read as an image, or claims to be larger than allowed.
    """
    name = name or (str(source) if isinstance(source, Path) else "the image")
    try:
        if isinstance(source, Image.Image):
            _check_size(source, name, max_megapixels)  # it may be a file of which nothing is decoded yet
        with _open(source) as file:
            _check_size(file, name, max_megapixels)
            wide_colour = _has_wide_colour(file)
            several = file.format in PAGED and bool(getattr(file, "is_animated", False))
            if draft:
                file.draft("RGB", draft)
            ImageOps.exif_transpose(file, in_place=True)
            image = to_rgb(file)
        if wide_colour and not any(image.getchannel(band).getextrema()[1] for band in "RGB"):
            raise ImageError(name, "its 16-bit colours all lie below 256, where Pillow sees black: save it in 8 bits")
        if several:
            image.info[PAGES] = _count_pages(source)
        return image
    except ImageError:
        raise
    except Image.DecompressionBombError as error:  # twice Pillow's limit: it does not even say the size
        raise ImageError(name, f"its size exceeds {_limit(max_megapixels)}") from error
    except Exception as error:  # a broken file makes Pillow raise whatever it stumbles over: zlib.error, KeyError, …
        raise ImageError(name, _explain(error, source)) from error


def pages(image: Image.Image) -> int:
    """How many pages or frames the file of an image from :func:`open_image` has."""
    return int(image.info.get(PAGES, 1))


def _open(source: Path | bytes | Image.Image) -> Image.Image:
    """Read the header alone, or copy an image in memory, rotated as its EXIF says.

    Pillow's warnings about a header are not for people: the size is checked here, next."""
    with _OPENING, warnings.catch_warnings():  # warnings' filters belong to the process, not to a thread
        warnings.simplefilter("ignore")
        if isinstance(source, Image.Image):
            return ImageOps.exif_transpose(source)
        return Image.open(source if isinstance(source, Path) else BytesIO(source))


def _check_size(file: Image.Image, name: str, max_megapixels: float | None) -> None:
    allowed = Image.MAX_IMAGE_PIXELS if max_megapixels is None else max_megapixels * 1e6
    if allowed is not None and file.width * file.height > allowed:
        raise ImageError(name, f"{file.width:,}×{file.height:,} pixels exceed {_limit(max_megapixels)}")


def _has_wide_colour(file: Any) -> bool:
    """Whether a file has 16 bits a colour, of which Pillow keeps the upper eight. Grey keeps all sixteen."""
    return file.mode in ("RGB", "RGBA", "LA") and any(";16" in str(tile[3]) for tile in getattr(file, "tile", ()))


def _count_pages(source: Path | bytes | Image.Image) -> int:
    """Pages or frames. Where a later one is damaged, the first was read anyway: 2 then stands for several."""
    try:
        with _open(source) as file:
            return int(getattr(file, "n_frames", 1))
    except Exception:  # as above, whatever Pillow stumbles over
        return 2


def _limit(max_megapixels: float | None) -> str:
    if max_megapixels is None:
        return f"{(Image.MAX_IMAGE_PIXELS or 0) / 1e6:.3g} megapixels"
    return f"the limit of {max_megapixels:g} megapixels"


def _explain(error: Exception, source: Path | bytes | Image.Image) -> str:
    if isinstance(error, UnidentifiedImageError) and not isinstance(source, Image.Image):
        start = _beginning(source)
        if not start:
            return "the file is empty"
        return foreign_format(source.name if isinstance(source, Path) else "", start) or "not an image"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__


def _beginning(source: Path | bytes) -> bytes:
    if isinstance(source, bytes):
        return source[:BEGINNING]
    with source.open("rb") as file:
        return file.read(BEGINNING)
