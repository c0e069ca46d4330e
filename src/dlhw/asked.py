"""Which pictures a person means who names files, folders, patterns or standard input."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from dlhw.errors import DataError, UsageError

STDIN = "-"
SUFFIXES = {
    *(".avif", ".bmp", ".dib", ".gif", ".j2k", ".jp2", ".jpe", ".jpeg", ".jpg", ".pbm", ".pgm", ".png", ".pnm"),
    *(".ppm", ".tga", ".tif", ".tiff", ".webp"),
}
"""Of the files that are taken from a folder. A file that is named may be called anything."""

BEGINNINGS = re.compile(
    rb"\x89PNG\r\n\x1a\n"
    rb"|\xff\xd8\xff"  # JPEG
    rb"|GIF8[79]a"
    rb"|BM.{4}\0{4}"  # BMP
    rb"|II[*+]\0|MM\0[*+]"  # TIFF
    rb"|RIFF.{4}WEBP"
    rb"|P[1-7]\s+(?:#|\d|WIDTH)"  # PNM
    rb"|.{4}ftyp(?:avif|avis|mif1)"
    rb"|\0\0\0\x0cjP  |\xff\x4f\xff\x51",  # JPEG 2000
    re.DOTALL,
)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A picture to look at, or a name that leads to none."""

    name: str
    """What a person calls it: printable as UTF-8."""

    source: Path | bytes | None
    """A file, or a picture's contents; ``None`` where there is nothing to open."""

    problem: str = ""
    """Why there is nothing to open."""


def find_pictures(names: Sequence[str], stdin: bytes | None = None) -> list[Asked]:
    """The pictures of all names, in their order.

    A folder stands for all pictures within it and below, sorted by path, without hidden ones; a pattern that is no
    file's name for the sorted files that match it; ``-`` for what came on standard input: one picture, or paths of
    files, folders or patterns, one a line. What leads to nothing is kept, with the reason.

    Args:
        names: as they were typed.
        stdin: what came on standard input, where ``-`` is among the names.

    Raises:
        UsageError: ``-`` is there twice.
        DataError: standard input is empty, or neither a picture nor paths.
    """
    if list(names).count(STDIN) > 1:
        raise UsageError("- stands for standard input, which can be read only once", "give - once")
    return [asked for name in names for asked in (_standard_input(stdin or b"") if name == STDIN else _named(name))]


def is_picture(content: bytes) -> bool:
    """Whether bytes begin as the contents of a picture file do."""
    return BEGINNINGS.match(content) is not None


def _standard_input(content: bytes) -> Iterable[Asked]:
    if not content.strip():
        raise DataError("nothing came on standard input", "send a picture, or paths of pictures, one a line")
    if is_picture(content):
        return [Asked(name="standard input", source=content)]
    if b"\0" in content:
        raise DataError(
            "what came on standard input is neither a picture that can be told by its first bytes nor a list of paths",
            "send a PNG, JPEG, GIF, BMP, TIFF, WebP or PNM, or paths, one a line",
        )
    # Paths are bytes: those that are no UTF-8 lead to their files all the same.
    lines = [os.fsdecode(line.removesuffix(b"\r")) for line in content.removeprefix(b"\xef\xbb\xbf").split(b"\n")]
    return [asked for line in lines if line.strip() for asked in _named(line)]


def _named(name: str) -> Iterable[Asked]:
    path = Path(name)
    try:
        if path.is_dir():
            found = list(_within(path))
            return found or [_nothing(name, "the folder holds no pictures")]
        if not path.exists() and glob.has_magic(name):
            matches = sorted(glob.glob(name, recursive=True))  # noqa: PTH207 (Path.glob takes no absolute pattern)
            found = [asked for match in matches for asked in _matched(Path(match))]
            return found or [_nothing(name, "no file matches")]
    except (OSError, ValueError) as error:  # a name that is too long, or holds what no name may
        return [_nothing(name, getattr(error, "strerror", None) or str(error))]
    return [Asked(name=_readable(path), source=path)]


def _matched(path: Path) -> Iterable[Asked]:
    return _within(path) if path.is_dir() else [Asked(name=_readable(path), source=path)]


def _within(folder: Path) -> Iterator[Asked]:
    closed: list[OSError] = []
    for place, folders, files in os.walk(folder, onerror=closed.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(place, name)
            if path.suffix.lower() in SUFFIXES and not name.startswith("."):
                yield Asked(name=_readable(path), source=path)
    for error in closed:
        yield _nothing(str(error.filename), error.strerror or str(error))


def _nothing(name: str, problem: str) -> Asked:
    return Asked(name=_readable(name), source=None, problem=problem)


def _readable(path: Path | str) -> str:
    """A path as text that can be printed and put into JSON, even where its bytes are no UTF-8."""
    return os.fsencode(path).decode(errors="replace")
