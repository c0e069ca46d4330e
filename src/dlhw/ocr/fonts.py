"""Which fonts there are, and which of them can draw a word.

Validation and test words are set in the fonts that come with matplotlib, which are the same on every machine:
DejaVu and STIX. Training words may use the system's besides, and those of a person's own folder.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import os
import struct
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from fontTools.ttLib import TTFont, TTLibError

from dlhw.errors import DataError

SUFFIXES = {".ttf", ".otf", ".ttc", ".otc"}
BASIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
OUTLINES = {"glyf", "CFF ", "CFF2"}
# Of matplotlib's fonts: not those for formulae, which map letters to signs, nor the one of placeholders.
NAMES_IN_MATPLOTLIB = ("DejaVuSans", "DejaVuSerif", "STIXGeneral")
# Knuth's Computer Modern, of which only letters and digits lie where Unicode has them.
COMPUTER_MODERN = ("cmr10", "cmb10", "cmti10", "cmss10", "cmtt10")
PLACEHOLDERS = ("LastResort", "AdobeBlank", "Blank")
WEIGHTS = (300.0, 400.0, 600.0, 800.0)


@dataclass(frozen=True, kw_only=True)
class Face:
    """One face of a font file, at one setting of its axes."""

    path: str
    """The file."""
    index: int = 0
    """Which face of a collection."""
    axes: tuple[float, ...] = ()
    """The value of each axis of a variable font; empty for others."""
    family: str
    """As the file names it."""
    characters: frozenset[str]
    """Those it has a glyph for, among the characters that were asked for."""

    @property
    def key(self) -> str:
        """The same for the same face in every process."""
        return f"{self.path}#{self.index}{self.axes or ''}"


@dataclass(frozen=True, kw_only=True)
class FontSet:
    """Faces to choose from, small to send to another process: only paths and characters."""

    faces: tuple[Face, ...]
    """In a fixed order."""
    broken: tuple[str, ...] = ()
    """Files that were skipped, each with the reason."""
    chances: tuple[float, ...] = field(init=False)
    """How often each face is to be chosen: a family of many faces more often than one of a few, yet less than
    in proportion."""

    def __post_init__(self) -> None:
        sizes = Counter(face.family for face in self.faces)
        object.__setattr__(self, "chances", tuple(sizes[face.family] ** -0.5 for face in self.faces))

    def choose(self, text: str, rng: np.random.Generator) -> Face:
        """A face that has a glyph for every character of the text.

        Raises:
            DataError: there is none.
        """
        needed = frozenset(text)
        # Most faces have everything, so a few tries cost less than asking all of them.
        for _ in range(4):
            face = self._pick(self.faces, self.chances, rng)
            if face is not None and needed <= face.characters:
                return face
        able = [
            (face, chance) for face, chance in zip(self.faces, self.chances, strict=True) if needed <= face.characters
        ]
        chosen = self._pick([face for face, _ in able], [chance for _, chance in able], rng)
        if chosen is None:
            known = frozenset().union(*(face.characters for face in self.faces))
            missing = "".join(sorted(needed - known)) or text
            raise DataError(
                f"none of {len(self.faces)} fonts has the glyphs of “{text}” (missing: {missing})",
                "give a folder of fonts that have them with --fonts",
            )
        return chosen

    @staticmethod
    def _pick(faces: Sequence[Face], chances: Sequence[float], rng: np.random.Generator) -> Face | None:
        if not faces:
            return None
        place = rng.random() * sum(chances)
        for face, chance in zip(faces, chances, strict=True):
            place -= chance
            if place < 0:
                return face
        return faces[-1]

    @property
    def fonts_hash(self) -> str:
        """A hash of the files' contents: the same where the same fonts draw."""
        digest = hashlib.blake2b(digest_size=8)
        for path in sorted({face.path for face in self.faces}, key=lambda path: (Path(path).name, path)):
            digest.update(_content_hash(path))
        return digest.hexdigest()


def evaluation_fonts(characters: str) -> FontSet:
    """Matplotlib's fonts, which draw validation and test words everywhere.

    Raises:
        DataError: matplotlib's fonts are not there, or none of them has letters among these characters.
    """
    return _usable(_scan(matplotlib_files(), characters), characters)


def training_fonts(characters: str, folder: Path | None = None) -> FontSet:
    """Matplotlib's fonts (Computer Modern besides), the system's, and those of a folder and the folders in it.

    Raises:
        DataError: the folder is not there or holds no font that could be used.
    """
    files = matplotlib_files()
    # The same family lies on many systems; a copy under the same name adds nothing.
    taken = {path.name for path in files}
    files += [path for path in system_files() if path.name not in taken]
    found = _joined(_scan(files, characters), _scan(matplotlib_files(COMPUTER_MODERN), _basic(characters)))
    if folder is None:
        return _usable(found, characters)
    if not folder.is_dir():
        raise DataError(f"there is no folder {folder}", "--fonts expects a folder with .ttf, .otf or .ttc files")
    own_files = list(_font_files([folder]))
    if not own_files:
        raise DataError(f"there are no fonts in {folder}", f"expected files that end in {', '.join(sorted(SUFFIXES))}")
    own = _scan(own_files, characters)
    if not own.faces:
        raise DataError(f"none of the {len(own_files)} font files in {folder} can be used: {own.broken[0]}")
    return _usable(_joined(found, own), characters)


def _joined(some: FontSet, others: FontSet) -> FontSet:
    return FontSet(faces=some.faces + others.faces, broken=some.broken + others.broken)


def _basic(characters: str) -> str:
    return "".join(letter for letter in characters if letter in BASIC)


def matplotlib_files(names: tuple[str, ...] = NAMES_IN_MATPLOTLIB) -> list[Path]:
    """The text fonts in matplotlib's package, which is not imported for it."""
    package = importlib.util.find_spec("matplotlib")
    if package is None or package.origin is None:
        raise DataError("matplotlib is not installed", "its fonts draw the words: install dlhw anew")
    folder = Path(package.origin).parent / "mpl-data" / "fonts" / "ttf"
    return [path for path in _font_files([folder]) if path.name.startswith(names)]


def system_files() -> list[Path]:
    """The font files in the usual folders of this system and of this person."""
    home = Path.home()
    if sys.platform == "darwin":
        folders = [Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library" / "Fonts"]
    elif os.name == "nt":
        local = os.environ.get("LOCALAPPDATA", str(home / "AppData" / "Local"))
        windows = Path(os.environ.get("WINDIR", r"C:\Windows"))
        folders = [windows / "Fonts", Path(local) / "Microsoft" / "Windows" / "Fonts"]
    else:
        data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
        folders = [Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), data / "fonts", home / ".fonts"]
    return list(_font_files(folders))


def _font_files(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        yield from sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())


def _usable(fonts: FontSet, characters: str) -> FontSet:
    if not any(letter.isalnum() for face in fonts.faces for letter in face.characters):
        sample = "".join(letter for letter in characters if letter.isalpha())[:12]
        raise DataError(
            f"none of {len(fonts.faces)} fonts has the letters to draw (such as {sample})",
            "give a folder of fonts that have them with --fonts",
        )
    return fonts


def _scan(files: Sequence[Path], characters: str) -> FontSet:
    faces: list[Face] = []
    broken: list[str] = []
    shared: dict[frozenset[str], frozenset[str]] = {}  # mostly all are the same, and are then sent only once
    for path in files:
        if path.name.startswith(PLACEHOLDERS):
            continue
        try:
            faces += [
                replace(face, characters=shared.setdefault(face.characters, face.characters))
                for face in _faces(path, characters)
            ]
        # A damaged font can make the parser fail in any way; whichever it was, the file is named and left out.
        except Exception as error:
            broken.append(f"{path}: {error or type(error).__name__}")
    return FontSet(faces=tuple(faces), broken=tuple(broken))


def _faces(path: Path, characters: str) -> Iterator[Face]:
    with path.open("rb") as file:
        magic, _, count = struct.unpack(">4s4sL", file.read(12))
    for index in range(count if magic == b"ttcf" else 1):
        with TTFont(path, fontNumber=index, lazy=True) as font:
            yield from _settings(font, path, index, characters)


def _settings(font: TTFont, path: Path, index: int, characters: str) -> Iterator[Face]:
    cmap = font.getBestCmap()
    if not cmap or not OUTLINES & set(font.keys()):
        return  # a font of symbols or of bitmaps: nothing is wrong with it
    known = frozenset(letter for letter in characters if cmap.get(ord(letter), ".notdef") != ".notdef")
    if not all(ord(letter) in cmap for letter in BASIC):
        return  # not made for text
    name = font["name"].getDebugName(16) or font["name"].getDebugName(1) or path.stem
    for axes in _axes(font):
        _try(str(path), index, axes)
        yield Face(path=str(path), index=index, axes=axes, family=name, characters=known)


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


def _try(path: str, index: int, axes: tuple[float, ...]) -> None:
    from dlhw.ocr.glyphs import open_font

    font = open_font(path, index, axes, 24)
    if font.getmask("Ag8").getbbox() is None:
        raise TTLibError("its letters are blank")


@functools.cache
def _content_hash(path: str) -> bytes:
    return hashlib.blake2b(Path(path).read_bytes(), digest_size=8).digest()
