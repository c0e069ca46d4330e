"""Letters in images that explain: one typeface, and a way to show any character."""

from __future__ import annotations

import functools
import unicodedata

from fontTools.ttLib import TTFont
from PIL import ImageFont

from dlhw.ocr.rendering.font_files import matplotlib_files

INK, FAINT, RULE, WRONG = "#333333", "#777777", "#dddddd", "#d55e00"
"""As in the other figures; ``WRONG`` is Okabe and Ito's vermilion."""


@functools.cache
def typeface(size: int, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    """DejaVu Sans, which comes with matplotlib."""
    return ImageFont.truetype(_file(bold), size)


def visible(character: str) -> str:
    """A character so that it can be seen: a space as an open box, one without a glyph by its code point."""
    if character == " ":
        return "␣"
    shown = unicodedata.category(character)[0] not in "CMZ" and ord(character) in _glyphs()
    return character if shown else f"U+{ord(character):04X}"


@functools.cache
def _file(bold: bool) -> str:
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return next(str(path) for path in matplotlib_files() if path.name == name)


@functools.cache
def _glyphs() -> frozenset[int]:
    with TTFont(_file(False)) as font:
        return frozenset(font.getBestCmap() or {})
