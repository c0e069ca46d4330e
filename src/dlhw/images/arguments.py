"""Which images a person means who names files, folders, patterns or standard input."""

from __future__ import annotations

import functools
import glob
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BufferedIOBase, BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from dlhw.errors import DataError, UsageError
from dlhw.images.formats import BEGINNING, has_image_suffix, is_image
from dlhw.images.ignored import is_ignored, is_run_directory
from dlhw.images.named_pipes import read_named_pipe
from dlhw.images.names import readable
from dlhw.images.walking import walk

if TYPE_CHECKING:
    from PIL import Image

STDIN = "-"

BLOCK = 1 << 16
"""Bytes of standard input that are taken at once."""

ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)
"""How an address on the web begins: two letters at least, since one is a drive of Windows."""

LONGEST_PATH = 1 << 20
"""Bytes without an end of a path, after which what comes is not a list of paths."""


@dataclass(frozen=True, kw_only=True)
class ImageArgument:
    """An image to look at, or a name that leads to none."""

    name: str
    """What a person calls it: printable as UTF-8."""

    source: Path | bytes | Image.Image | None
    """A file, its contents, or an image in memory; ``None`` where there is nothing to open."""

    problem: str = ""
    """Why there is nothing to open."""

    named: bool = True
    """Whether the name says which image it is: what came on standard input has none of its own."""


def find_images(names: Sequence[str], stdin: bytes | None = None) -> list[ImageArgument]:
    """The images of all names; see :func:`iterate_images`.

    Args:
        names: as they were typed.
        stdin: all that came on standard input, where ``-`` is among the names.
    """
    return list(iterate_images(names, BytesIO(stdin or b"")))


def iterate_images(names: Sequence[str], stdin: BufferedIOBase) -> Iterator[ImageArgument]:
    """The images of all names, in their order, each found when it is asked for: paths on standard input may be many.

    A folder stands for all images in it and its folders, sorted by path, without what is never data
    (:mod:`dlhw.images.ignored`); a pattern that is no file's name for the sorted files that match it; ``-`` for what
    comes on standard input: one image, or paths of files, folders or patterns, one a line, or each ended by NUL as
    ``find -print0`` writes them. What leads to nothing is kept, with the reason, and so are a folder's images of
    formats that cannot be opened.

    Args:
        names: as they were typed.
        stdin: standard input, which ``-`` stands for.

    Raises:
        UsageError: ``-`` is there twice; raised at once.
        DataError: standard input is empty, or neither an image nor paths; raised when it is reached.
    """
    if list(names).count(STDIN) > 1:
        raise UsageError("- stands for standard input, which can be read only once", "give - once")
    return (one for name in names for one in (_standard_input(stdin) if name == STDIN else _named(name)))


def _standard_input(stdin: BufferedIOBase) -> Iterator[ImageArgument]:
    start = _beginning(stdin)
    if not start.strip():
        raise DataError("standard input is empty", "send an image, or paths of images, one a line")
    if is_image(start):
        yield ImageArgument(name="standard input", source=start + stdin.read(), named=False)
        return
    # Paths are bytes: those that are no UTF-8 lead to their files anyway.
    if b"\0" in start:
        *parts, rest = start.split(b"\0")
        if len(start) < BEGINNING:  # it is all that came, and so the last part is whole
            parts.append(rest)
        known = [os.fsdecode(part) for part in parts if part]
        if not known or not all(map(_may_be_a_path, known)):
            raise _neither()
        paths = (os.fsdecode(part) for part in _split(start, stdin, b"\0") if part)
    else:
        lines = _split(start.removeprefix(b"\xef\xbb\xbf"), stdin, b"\n")
        paths = (os.fsdecode(line.removesuffix(b"\r")) for line in lines if line.strip())
    for path in paths:
        yield from _named(path)


def _beginning(stdin: BufferedIOBase) -> bytes:
    """The first bytes, which tell what comes: as many as are there at once, and those of an image in any case."""
    start = b""
    while len(start) < BEGINNING and (more := stdin.read1(BLOCK)):
        start += more
    return start


def _split(start: bytes, stdin: BufferedIOBase, mark: bytes) -> Iterator[bytes]:
    """What lies between two marks, without reading further than is needed."""
    rest = start
    while True:
        *whole, rest = rest.split(mark)
        yield from whole
        if len(rest) > LONGEST_PATH:
            raise _neither()
        more = stdin.read1(BLOCK)
        if not more:
            yield rest
            return
        rest += more


def _neither() -> DataError:
    return DataError(
        "standard input is neither an image with known first bytes nor a list of paths",
        "send a PNG, JPEG, GIF, BMP, TIFF, WebP or PNM, or paths, one a line or each ended by NUL",
    )


def _may_be_a_path(text: str) -> bool:
    """Whether text between two NULs is a path, rather than a piece of a file of some other kind."""
    try:
        return os.path.lexists(text) or text.isprintable()
    except OSError:
        return False


def _named(name: str) -> Iterable[ImageArgument]:
    path = Path(name)
    try:
        if path.is_dir():
            return _within(path)
        if not path.exists() and ADDRESS.match(name):  # before patterns: an address may hold a question mark
            return [_nothing(name, "an address, and nothing is downloaded: send it by curl -s ADDRESS | dlhw … -")]
        if not path.exists() and glob.has_magic(name):
            return _matching(name)
    except (OSError, ValueError) as error:  # a name that is too long, or holds what no name may
        return [_nothing(name, getattr(error, "strerror", None) or str(error))]
    return [_file(path)]


def _matching(pattern: str) -> Iterable[ImageArgument]:
    spelled = Path(pattern).parts
    fixed = next((place for place, part in enumerate(spelled) if glob.has_magic(part)), len(spelled))
    is_run = functools.cache(is_run_directory)
    has_runs = False
    found: list[ImageArgument] = []
    for match in sorted(glob.glob(pattern, recursive=True)):  # noqa: PTH207 (Path.glob takes no absolute pattern)
        path = Path(match)
        if any(is_ignored(part) and part not in spelled for part in path.parts):
            continue
        # Of the folders that the pattern found, those of runs are left aside; those that it names are meant.
        folders = [folder for folder in (path, *path.parents) if len(folder.parts) > fixed]
        if any(map(is_run, folders)):
            has_runs = True
            continue
        found += _within(path) if path.is_dir() else [_file(path)]
    aside = ", runs of dlhw aside" if has_runs else ""
    return found or [_nothing(pattern, f"no file matches{aside}")]


def _within(folder: Path) -> Iterable[ImageArgument]:
    walked = walk(folder)
    foreign = dict(walked.foreign)
    found = [
        _nothing(path, foreign[path]) if path in foreign else _file(path)
        for path in walked.files
        if path in foreign or has_image_suffix(path)
    ]
    found += [_nothing(path, reason) for path, reason in walked.closed]
    runs = ", runs of dlhw aside" if walked.has_runs else ""
    return found or [_nothing(folder, f"the folder holds no images{runs}")]


def _file(path: Path) -> ImageArgument:
    if not path.is_fifo():
        return ImageArgument(name=readable(path), source=path)
    # Here, since the threads that decode would wait on after Ctrl-C, and the process for them.
    try:
        return ImageArgument(name=readable(path), source=read_named_pipe(path))
    except OSError as error:
        return _nothing(path, error.strerror or str(error))


def _nothing(path: Path | str, problem: str) -> ImageArgument:
    return ImageArgument(name=readable(path), source=None, problem=problem)
