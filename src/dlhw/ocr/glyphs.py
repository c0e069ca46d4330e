"""Letters as FreeType draws them, kept in each process: opening a font costs milliseconds, a kept letter nothing."""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from dlhw.ocr.fonts import Face

KEPT_CASES = 256


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
        left, top, right, bottom = map(round, self._font.getbbox(letter, anchor="ls"))
        advance = self._font.getlength(letter)
        if right <= left or bottom <= top:
            return Glyph(np.zeros((0, 0), np.uint8), 0, 0, advance)
        picture = Image.new("L", (right - left, bottom - top))
        ImageDraw.Draw(picture).text((-left, -top), letter, fill=255, font=self._font, anchor="ls")
        return Glyph(np.asarray(picture), left, top, advance)


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


def typecase(face: Face, size: int) -> Case:
    """The letters of a face at a size in pixels an em."""
    return _typecase(face.path, face.index, face.axes, size)


@functools.lru_cache(maxsize=KEPT_CASES)
def _typecase(path: str, index: int, axes: tuple[float, ...], size: int) -> Case:
    return Case(open_font(path, index, axes, size))
