"""What a font file holds: its faces, and which characters each can be trusted to draw.

A table of characters alone is not enough. Fonts of signs put keyboards and hearts where letters should be, fonts
of capitals draw ``house`` as HOUSE, and old Greek ones as ηουσε: all would teach wrong labels. So letters are drawn
and compared with those of matplotlib's own fonts, and with each other. That takes milliseconds a face, and a system
may have a thousand, so what was found out is kept in the person's cache folder.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import logging
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import platformdirs
from fontTools.ttLib import TTFont
from numpy.typing import NDArray
from PIL import Image, ImageFont

from dlhw.learning.files import note, write_cache
from dlhw.ocr.rendering.font_files import matplotlib_files
from dlhw.ocr.rendering.glyphs import EM, SMALL_EM, open_font

# fontTools tells every untidy table in a system's fonts, and of a damaged one 65,000 records; what matters raises.
logging.getLogger("fontTools").setLevel(logging.CRITICAL)

VERSION = 5  # of what is kept: to be counted up whenever faces are judged differently
BASIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
UNLIKE_IN_CASE = "ABDEGHNQRT"
COMPARED = UNLIKE_IN_CASE + UNLIKE_IN_CASE.lower() + "2457"
LATIN, GREEK = "DFGLPSWdflpsw", "ΔΦΓΛΠΣΩδφλπσω"  # as keyboards of both put them
OUTLINES = {"glyf", "CFF ", "CFF2"}
NOT_TEXT = ("lastresort", "adobe blank", "symbol", "dingbat", "keyboard", "emoji", "icon")
WEIGHTS = (300.0, 400.0, 600.0, 800.0)
SIZE, SHAPE = 24, (12, 12)
LAST_MARK = 0x20CF  # of the quotation marks and currency signs: what lies beyond is not drawn
LEAST_LIKENESS = 0.3  # fonts of signs have 0.0 to 0.2, ornate scripts 0.3, and plain faces 0.6 to 0.9
LEAST_OF_CHOSEN = 0.05  # a person has looked at them: blackletter, stencils, ornate scripts
SAME_IN_CASE = 0.58  # fonts of capitals have 0.6 to 1.0, and others at most 0.54


class Record(NamedTuple):
    """One face of a file, at one setting of its axes."""

    number: int
    """Which face of a collection."""
    axes: tuple[float, ...]
    family: str
    spans: tuple[tuple[int, int], ...]
    """The code points it can draw, as first and last of each run."""

    def characters(self, asked: str) -> frozenset[str]:
        """Those it can draw of the characters asked for."""
        return _covered(self.spans, asked)


@functools.lru_cache(maxsize=4096)
def _covered(spans: tuple[tuple[int, int], ...], asked: str) -> frozenset[str]:
    """A command asks several times, for the words it measures on and those it learns from: 2 ms a face."""
    return frozenset(letter for letter in asked if any(low <= ord(letter) <= high for low, high in spans))


LARGEST = 256 << 20
"""Bytes of a cache that is read: a thousand faces take a million."""

HASH = 32
"""Characters of the hash that a cache begins with. One that was changed is not believed: a record that is wrong fails
where the font is opened, or teaches wrong labels."""


class FontCache:
    """The records of font files, kept from one command to the next."""

    def __init__(self) -> None:
        self._path = Path(platformdirs.user_cache_dir("dlhw")) / f"fonts-{VERSION}.cache"
        self._kept: dict[str, list[Any]] = {}
        self._new = False
        with contextlib.suppress(OSError):  # not there, or not ours to read: the fonts themselves are
            status = self._path.stat()
            self._kept = dict(_read_cache(self._path, status.st_size, status.st_mtime_ns))

    def records(self, path: Path, *, chosen: bool = False) -> list[Record]:
        """The faces in a file that are made for text; none is no fault.

        Args:
            path: the file.
            chosen: a person has chosen it for text, so it may look unlike plain faces.

        Raises:
            Exception: of any kind, by a damaged file.
        """
        status = path.stat()
        key = f"{path} {status.st_size} {status.st_mtime_ns}{' chosen' if chosen else ''}"
        if key not in self._kept:
            self._kept[key] = _examined(path, key, chosen)
            self._new = True
        return [
            Record(number, tuple(axes), family, tuple((low, high) for low, high in spans))
            for number, axes, family, spans in self._kept[key]
        ]

    def close(self) -> None:
        """Keep what was found out, where the cache folder can be written."""
        if self._new:
            content = json.dumps(self._kept).encode()
            write_cache(self._path, _hash(content) + content)


@functools.lru_cache(maxsize=1)
def _read_cache(path: Path, size: int, changed: int) -> dict[str, list[Any]]:
    """What a cache of that size and time of change holds. A command asks several times, and reading takes 0.3 s.

    Raises:
        OSError: it cannot be read.
    """
    content = path.read_bytes() if size <= LARGEST else b""
    if _hash(content[HASH:]) == content[:HASH]:
        return dict(json.loads(content[HASH:]))
    note(f"the cache {path} is damaged; the fonts are examined again")
    return {}


def _hash(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=HASH // 2).hexdigest().encode()


@functools.cache
def _examined(path: Path, key: str, chosen: bool) -> list[Record]:
    """Once in a process, also where nothing can be kept; the key tells whether the file is still the same."""
    return list(_examine(path, chosen))


def _examine(path: Path, chosen: bool) -> Iterator[Record]:
    with path.open("rb") as file:
        magic, _, count = struct.unpack(">4s4sL", file.read(12))
        for number in range(count if magic == b"ttcf" else 1):
            # Given the open file, because fontTools would leave one of its own open where it fails.
            yield from _faces(TTFont(file, fontNumber=number, lazy=True), path, number, chosen)


def _faces(font: TTFont, path: Path, number: int, chosen: bool) -> Iterator[Record]:
    if not OUTLINES & set(font.keys()):
        return  # bitmaps
    # Numbers for names: to read the names of all glyphs would take most of the time.
    font.setGlyphOrder([f"glyph{glyph}" for glyph in range(font["maxp"].numGlyphs)])
    cmap = font.getBestCmap() or {}
    family = font["name"].getDebugName(16) or font["name"].getDebugName(1) or path.stem
    if not all(ord(letter) in cmap for letter in BASIC) or any(name in family.lower() for name in NOT_TEXT):
        return
    drawn = {code for code, name in cmap.items() if name != "glyph0"}
    for axes in _axes(font):
        trusted = _trusted(open_font(str(path), number, axes, SIZE), drawn, chosen)
        if trusted:  # a thin dash may vanish between the pixels of one size and not of another
            trusted -= {
                code for size in (EM, SMALL_EM) for code in _blank(open_font(str(path), number, axes, size), trusted)
            }
        if trusted:
            yield Record(number, axes, family, tuple(_spans(sorted(trusted))))


def _axes(font: TTFont) -> Iterator[tuple[float, ...]]:
    if "fvar" not in font:
        yield ()
        return
    axes = font["fvar"].axes
    weight = next((axis for axis in axes if axis.axisTag == "wght"), None)
    if weight is None:
        yield tuple(axis.defaultValue for axis in axes)
        return
    for value in sorted({min(max(value, weight.minValue), weight.maxValue) for value in WEIGHTS}):
        yield tuple(value if axis is weight else axis.defaultValue for axis in axes)


def _trusted(font: ImageFont.FreeTypeFont, codes: set[int], chosen: bool) -> set[int]:
    """The code points whose glyphs look like what they stand for; none if the face is not made for text."""
    missing = _blank(font, codes)
    shapes = _shapes(font, COMPARED)
    likeness = (shapes * _reference()).sum(axis=(2, 3)).max(axis=0)
    if likeness.mean() < (LEAST_OF_CHOSEN if chosen else LEAST_LIKENESS) or (not chosen and _draws_greek(font)):
        return set()
    half = len(UNLIKE_IN_CASE)
    in_case = (shapes[:half] * shapes[half : 2 * half]).sum(axis=(1, 2))
    if np.median(in_case) > SAME_IN_CASE:
        missing |= {code for code in codes if chr(code).islower()}
    return codes - missing


def _blank(font: ImageFont.FreeTypeFont, codes: set[int]) -> set[int]:
    return {code for code in codes if code <= LAST_MARK and _is_blank(font, chr(code))}


def _is_blank(font: ImageFont.FreeTypeFont, letter: str) -> bool:
    try:
        return font.getmask(letter).getbbox() is None
    except OSError:  # FreeType gives up on some outlines: "raster overflow"
        return True


def _draws_greek(font: ImageFont.FreeTypeFont) -> bool:
    """Whether Latin letters look more like the Greek ones on their keys than like themselves."""
    shapes = _shapes(font, LATIN)
    latin, greek = ((shapes * _reference(letters)).sum(axis=(2, 3)).max(axis=0).mean() for letters in (LATIN, GREEK))
    return bool(greek > latin)


@functools.cache
def _reference(letters: str = COMPARED) -> NDArray[np.float32]:
    """(5, n, 12, 12): letters in plain faces, upright and slanted, with serifs and without."""
    names = (
        "DejaVuSans.ttf",
        "DejaVuSans-Bold.ttf",
        "DejaVuSans-Oblique.ttf",
        "STIXGeneral.ttf",
        "STIXGeneralItalic.ttf",
    )
    paths = {path.name: str(path) for path in matplotlib_files()}
    return np.stack([_shapes(open_font(paths[name], 0, (), SIZE), letters) for name in names])


def _shapes(font: ImageFont.FreeTypeFont, letters: str) -> NDArray[np.float32]:
    """(n, 12, 12): letters brought to one size, each with mean 0 and length 1, so that products are correlations."""
    shapes = np.zeros((len(letters), *SHAPE), dtype=np.float32)
    for row, letter in enumerate(letters):
        mask = font.getmask(letter)
        box = mask.getbbox()
        if box is None:
            continue
        image = Image.frombytes("L", mask.size, bytes(mask)).crop(box).resize(SHAPE, Image.Resampling.BOX)
        shape = np.asarray(image, dtype=np.float32)
        shapes[row] = shape - shape.mean()
        shapes[row] /= max(float(np.linalg.norm(shapes[row])), 1e-6)
    return shapes


def _spans(codes: Sequence[int]) -> Iterator[tuple[int, int]]:
    start = previous = codes[0]
    for code in codes[1:]:
        if code != previous + 1:
            yield start, previous
            start = code
        previous = code
    yield start, previous
