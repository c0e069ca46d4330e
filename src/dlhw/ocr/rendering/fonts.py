"""Which fonts there are, and which of them can draw a word.

Validation and test words are set in the fonts that come with matplotlib, which are the same on every machine:
DejaVu and STIX. Training words may use the system's besides, and those of the user's own folder.
"""

from __future__ import annotations

import bisect
import functools
import hashlib
import itertools
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dlhw.errors import DataError
from dlhw.ocr.rendering.font_files import (
    COMPUTER_MODERN,
    SUFFIXES,
    chosen_files,
    font_files,
    matplotlib_files,
    system_files,
)
from dlhw.ocr.rendering.font_records import BASIC, FontCache
from dlhw.ocr.rendering.typography import PRINTED
from dlhw.plurals import all_of, counted, plural

NAMED_AT_MOST = 12


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
    """Those it has a glyph for, among the characters that were asked for and the marks that may stand for some."""


@dataclass(frozen=True, kw_only=True)
class FontSet:
    """Faces to choose from, small to send to another process: only paths and characters."""

    faces: tuple[Face, ...]
    """In a fixed order."""
    broken: tuple[str, ...] = ()
    """Files that were skipped, each with the reason."""

    @functools.cached_property
    def _cumulative(self) -> tuple[float, ...]:
        """Sums of the faces' chances: a family of many faces has more of them than one of few, yet less than in
        proportion."""
        sizes = Counter(face.family for face in self.faces)
        return tuple(itertools.accumulate(sizes[face.family] ** -0.5 for face in self.faces))

    def choose(self, text: str, rng: np.random.Generator) -> Face:
        """A face that has a glyph for every character of the text.

        Raises:
            DataError: there is none.
        """
        needed = frozenset(text)
        # Most faces have everything, so a few tries cost less than asking all of them.
        for _ in range(8):
            face = self._pick(rng)
            if face is not None and needed <= face.characters:
                return face
        able = FontSet(faces=tuple(face for face in self.faces if needed <= face.characters))
        chosen = able._pick(rng)
        if chosen is None:
            raise DataError(
                f"{all_of(len(self.faces), 'font')} {plural(len(self.faces), 'lacks')} a glyph of “{text}”",
                "for training words, give a folder of fonts that have them with `fonts`; or leave out this word",
            )
        return chosen

    def _pick(self, rng: np.random.Generator) -> Face | None:
        if not self.faces:
            return None
        sums = self._cumulative
        return self.faces[min(bisect.bisect(sums, rng.random() * sums[-1]), len(sums) - 1)]

    @property
    def fonts_hash(self) -> str:
        """A hash of the files' contents: the same where the same fonts draw."""
        digest = hashlib.blake2b(digest_size=8)
        for path in sorted({face.path for face in self.faces}, key=lambda path: (Path(path).name, path)):
            digest.update(_content_hash(path))
        return digest.hexdigest()


def evaluation_fonts(characters: str, folder: Path | None = None) -> FontSet:
    """Matplotlib's fonts, which draw validation and test words everywhere; or those of a folder and no others.

    Raises:
        DataError: there are no fonts that could be used, or a character is in none of them.
    """
    return _usable(_scan(matplotlib_files(), characters) if folder is None else _own(folder, characters), characters)


def training_fonts(characters: str, folder: Path | None = None) -> FontSet:
    """Matplotlib's fonts (Computer Modern besides), the system's, and those of a folder and the folders in it.

    Raises:
        DataError: the folder does not exist or holds no font that could be used, or a character is in no font.
    """
    files = matplotlib_files()
    # The same family lies on many systems; a copy under the same name adds nothing.
    taken = {path.name for path in files}
    files += [path for path in system_files() if path.name not in taken]
    found = _joined(_scan(files, characters), _scan(matplotlib_files(COMPUTER_MODERN), _basic(characters)))
    if folder is None:
        return _usable(found, characters)
    return _usable(_joined(found, _own(folder, characters)), characters)


def _own(folder: Path, characters: str) -> FontSet:
    """The faces in a person's folder."""
    if not folder.is_dir():
        raise DataError(f"there is no folder {folder}", "`fonts` expects a folder with .ttf, .otf or .ttc files")
    files = font_files([folder])
    if not files:
        raise DataError(f"there are no fonts in {folder}", f"expected files that end in {', '.join(sorted(SUFFIXES))}")
    own = _scan(files, characters, chosen_files(folder))
    if not own.faces:
        reason = own.broken[0] if own.broken else "none of them is made for text"
        raise DataError(f"none of the {len(files)} font files in {folder} can be used: {reason}")
    return own


def _joined(some: FontSet, others: FontSet) -> FontSet:
    return FontSet(faces=some.faces + others.faces, broken=some.broken + others.broken)


def _basic(characters: str) -> str:
    return "".join(letter for letter in characters if letter in BASIC)


def _usable(fonts: FontSet, characters: str) -> FontSet:
    known = frozenset[str]().union(*(face.characters for face in fonts.faces))
    missing = sorted(set(characters) - known)
    if missing:
        count, named, others = len(fonts.faces), " ".join(missing[:NAMED_AT_MOST]), len(missing) - NAMED_AT_MOST
        more = f" and {counted(others, 'character')} more" if others > 0 else ""
        raise DataError(
            f"{all_of(count, 'font')} {plural(count, 'lacks')} a glyph for {named}{more}",
            "for training words, give a folder of fonts that have them with `fonts`; or leave out these words",
        )
    return fonts


def _scan(files: Sequence[Path], characters: str, chosen: Collection[Path] = ()) -> FontSet:
    faces: list[Face] = []
    broken: list[str] = []
    shared: dict[frozenset[str], frozenset[str]] = {}  # mostly all are the same, and are then sent only once
    cache = FontCache()
    for path in files:
        try:
            records = cache.records(path, chosen=path in chosen)
        # A damaged font can make the parser fail in any way; whichever it was, the file is named and left out.
        except Exception as error:
            broken.append(f"{path}: {str(error) or type(error).__name__}")
            continue
        for record in records:
            known = record.characters(characters + "".join(sorted(PRINTED)))
            known = shared.setdefault(known, known)
            faces.append(
                Face(path=str(path), index=record.number, axes=record.axes, family=record.family, characters=known)
            )
    cache.close()
    return FontSet(faces=tuple(faces), broken=tuple(broken))


@functools.cache
def _content_hash(path: str) -> bytes:
    return hashlib.blake2b(Path(path).read_bytes(), digest_size=8).digest()
