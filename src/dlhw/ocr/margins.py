"""Blank margins around a word, which a network that learnt from closely cut words would fill with letters.

Measured with ``benchmarks/ocr_margins.py``; see docs/recogniser.md.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dlhw.ocr.preprocessing import MAX_ASPECT

Box = tuple[int, int, int, int]
"""Left, top, right, bottom, in pixels; right and bottom are behind the last pixel."""

BLANK = 24
"""Grey levels that a pixel of the ground may differ from the ground's median: noise, and what JPEG leaves."""

WIDE = 0.5
"""Of the height of what is not blank: only a margin that is wider is cut."""

KEPT = 0.25
"""Of the same height: what is left of a margin that is cut."""

LOWEST = 8
"""Pixels: what is lower is a dash, a dot or a speck, whose place in the image says more than its shape."""


def without_margins(image: Image.Image) -> Box:
    """The part of an image to read: all of it but for wide margins of one shade.

    The ground is the median shade of the image's outermost pixels. Where these differ from it, as in most photographs,
    nothing is cut.

    Args:
        image: RGB or grey.

    Returns:
        The whole image where there is no such margin, or nothing that can be a word within.
    """
    whole = (0, 0, image.width, image.height)
    grey = np.asarray(image.convert("L"))
    ground = float(np.median(np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])))
    inked = np.abs(grey.astype(np.int16) - ground) > BLANK
    rows, columns = _extent(inked.any(axis=1)), _extent(inked.any(axis=0))
    if rows is None or columns is None:  # a blank image
        return whole
    height = rows[1] - rows[0]
    left, right = _cut(columns, image.width, height)
    top, bottom = _cut(rows, image.height, height)
    if height < LOWEST or right - left > MAX_ASPECT * (bottom - top):
        return whole
    return left, top, right, bottom


def _extent(inked: NDArray[np.bool_]) -> tuple[int, int] | None:
    places = np.flatnonzero(inked)
    return (int(places[0]), int(places[-1]) + 1) if len(places) else None


def _cut(extent: tuple[int, int], size: int, height: int) -> tuple[int, int]:
    """Where to cut along one axis: each side by itself."""
    first, last = extent
    kept = round(KEPT * height)
    return (
        first - kept if first > WIDE * height else 0,
        last + kept if size - last > WIDE * height else size,
    )
