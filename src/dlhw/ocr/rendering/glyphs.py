"""Letters as FreeType draws them, kept in each process: opening a font costs milliseconds, a kept letter nothing."""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import ImageFont

EM = 52  # letters are drawn at one size, and the pose does the rest: the network sees 32 rows in the end
SMALL_EM = 42  # small capitals, and what follows a tall initial
KEPT_CASES = 2560  # as many as there are faces, or letters are drawn anew; about 200 MB when all are full


class Glyph(NamedTuple):
    """A letter's ink and where it lies."""

    ink: NDArray[np.uint8]
    """(h, w): 255 where there is ink; tight around it, and (0, 0) for none."""
    left: int
    """From the pen to the ink, in pixels."""
    top: int
    """From the base line down to the ink's upper edge: negative above it."""
    advance: float
    """From this pen to the next."""


class Case:
    """A typecase: the letters of one face at one size."""

    def __init__(self, font: ImageFont.FreeTypeFont) -> None:
        self._font = font
        self._glyphs: dict[str, Glyph] = {}
        self._kerning: dict[str, float] = {}

    def glyph(self, letter: str) -> Glyph:
        """A letter, drawn when it is first asked for."""
        found = self._glyphs.get(letter)
        if found is None:
            found = self._glyphs[letter] = self._draw(letter)
        return found

    def kerning(self, pair: str) -> float:
        """How much closer than usual, in pixels, two letters stand: mostly 0, negative for AV."""
        found = self._kerning.get(pair)
        if found is None:
            together = self._font.getlength(pair)
            found = self._kerning[pair] = together - sum(self.glyph(letter).advance for letter in pair)
        return found

    def _draw(self, letter: str) -> Glyph:
        mask, (left, top) = self._font.getmask2(letter, "L", anchor="ls")
        advance = self._font.getlength(letter)
        box = mask.getbbox()  # Pillow's mask is as wide as the letter's place in the line
        if box is None:
            return Glyph(np.zeros((0, 0), np.uint8), 0, 0, advance)
        ink = np.frombuffer(bytes(mask), dtype=np.uint8).reshape(mask.size[::-1])
        ink = np.ascontiguousarray(ink[box[1] : box[3], box[0] : box[2]])
        return Glyph(ink, round(left) + box[0], round(top) + box[1], advance)


def open_font(path: str, index: int, axes: tuple[float, ...], size: int) -> ImageFont.FreeTypeFont:
    """Open a face at a size in pixels an em.

    Raises:
        OSError: FreeType cannot read it.
    """
    # The basic layout, because the other one needs a library that not every Pillow is built with.
    font = ImageFont.truetype(path, size, index, layout_engine=ImageFont.Layout.BASIC)
    if axes:
        font.set_variation_by_axes(list(axes))
    return font


@functools.lru_cache(maxsize=KEPT_CASES)
def typecase(path: str, index: int, axes: tuple[float, ...], size: int) -> Case:
    """The letters of a face at a size in pixels an em."""
    return Case(open_font(path, index, axes, size))
