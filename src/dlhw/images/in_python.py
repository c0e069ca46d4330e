"""Images as a person gives them in Python: names of files, folders and patterns, or images in memory."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dlhw.errors import UsageError
from dlhw.images.arguments import STDIN, ImageArgument, find_images
from dlhw.images.names import readable

ImageLike: TypeAlias = str | os.PathLike[str] | Image.Image | NDArray[np.uint8]
"""The name of a file, a folder or a pattern, or an image in memory."""

HINT = "give a path, a PIL.Image, a numpy array of uint8 of shape (H, W) or (H, W, 3), or a list of these"


def as_image_arguments(given: ImageLike | Iterable[ImageLike]) -> list[ImageArgument]:
    """The images that are meant, in their order.

    Args:
        given: one or several. A name stands for what :func:`dlhw.images.arguments.iterate_images` says.

    Returns:
        One argument an image. An image in memory is called as its file, where Pillow opened it from one, else
        ``image 0``, ``image 1`` and so on by its place.

    Raises:
        UsageError: something is no image and no name of one.
    """
    one = isinstance(given, str | os.PathLike | Image.Image | np.ndarray)
    if not one and (isinstance(given, bytes | Mapping) or not isinstance(given, Iterable)):
        raise UsageError(f"images are expected, got {_described(given)}", HINT)
    several: Iterable[Any] = [given] if one else given  # type: ignore[assignment]
    return [found for place, each in enumerate(several) for found in _arguments(each, place)]


def _arguments(given: Any, place: int) -> Iterator[ImageArgument]:
    if isinstance(given, str | os.PathLike) and given not in ("", STDIN):
        yield from find_images([os.fsdecode(given)])
        return
    if isinstance(given, np.ndarray) and given.dtype == np.uint8 and _is_image(given.shape):
        given = Image.fromarray(given)
    if not isinstance(given, Image.Image):
        raise UsageError(f"an image is expected, got {_described(given)}", HINT)
    file = getattr(given, "filename", "")
    name = readable(Path(file)) if isinstance(file, str | os.PathLike) and file else f"image {place}"
    if 0 in given.size:
        yield ImageArgument(name=name, source=None, problem="it has no pixels")
    else:
        yield ImageArgument(name=name, source=given)


def _is_image(shape: tuple[int, ...]) -> bool:
    return 0 not in shape and (len(shape) == 2 or (len(shape) == 3 and shape[2] == 3))


def _described(given: Any) -> str:
    if isinstance(given, np.ndarray):
        return f"an array of {given.dtype} of shape {given.shape}"
    return (
        f"{given!r}" if isinstance(given, int | float | None) or given in ("", STDIN) else f"a {type(given).__name__}"
    )
