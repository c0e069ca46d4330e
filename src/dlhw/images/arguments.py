"""Which images a person means who names files, folders, patterns or standard input."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from dlhw.errors import DataError, UsageError
from dlhw.images.formats import has_image_suffix, is_image
from dlhw.images.ignored import is_ignored
from dlhw.images.names import readable
from dlhw.images.walking import walk

STDIN = "-"


@dataclass(frozen=True, kw_only=True)
class ImageArgument:
    """An image to look at, or a name that leads to none."""

    name: str
    """What a person calls it: printable as UTF-8."""

    source: Path | bytes | None
    """A file, or an image's contents; ``None`` where there is nothing to open."""

    problem: str = ""
    """Why there is nothing to open."""


def find_images(names: Sequence[str], stdin: bytes | None = None) -> list[ImageArgument]:
    """The images of all names, in their order.

    A folder stands for all images within it and below, sorted by path, without what is never data
    (:mod:`dlhw.images.ignored`); a pattern that is no file's name for the sorted files that match it; ``-`` for what
    came on standard input: one image, or paths of files, folders or patterns, one a line, or each ended by NUL as
    ``find -print0`` writes them. What leads to nothing is kept, with the reason, and so are a folder's images of
    formats that cannot be opened.

    Args:
        names: as they were typed.
        stdin: what came on standard input, where ``-`` is among the names.

    Raises:
        UsageError: ``-`` is there twice.
        DataError: standard input is empty, or neither an image nor paths.
    """
    if list(names).count(STDIN) > 1:
        raise UsageError("- stands for standard input, which can be read only once", "give - once")
    return [asked for name in names for asked in (_standard_input(stdin or b"") if name == STDIN else _named(name))]


def _standard_input(content: bytes) -> Iterable[ImageArgument]:
    if not content.strip():
        raise DataError("nothing came on standard input", "send an image, or paths of images, one a line")
    if is_image(content):
        return [ImageArgument(name="standard input", source=content)]
    # Paths are bytes: those that are no UTF-8 lead to their files all the same.
    if b"\0" in content:
        paths = [os.fsdecode(part) for part in content.split(b"\0") if part]
        if not paths or not all(map(_may_be_a_path, paths)):
            raise DataError(
                "what came on standard input is neither an image that can be told by its first bytes nor a list of "
                "paths",
                "send a PNG, JPEG, GIF, BMP, TIFF, WebP or PNM, or paths, one a line or each ended by NUL",
            )
    else:
        lines = content.removeprefix(b"\xef\xbb\xbf").split(b"\n")
        paths = [os.fsdecode(line.removesuffix(b"\r")) for line in lines if line.strip()]
    return [asked for path in paths for asked in _named(path)]


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
        if not path.exists() and glob.has_magic(name):
            return _matching(name)
    except (OSError, ValueError) as error:  # a name that is too long, or holds what no name may
        return [_nothing(name, getattr(error, "strerror", None) or str(error))]
    return [_file(path)]


def _matching(pattern: str) -> Iterable[ImageArgument]:
    spelled = Path(pattern).parts
    found: list[ImageArgument] = []
    for match in sorted(glob.glob(pattern, recursive=True)):  # noqa: PTH207 (Path.glob takes no absolute pattern)
        path = Path(match)
        if any(is_ignored(part) and part not in spelled for part in path.parts):
            continue
        found += _within(path) if path.is_dir() else [_file(path)]
    return found or [_nothing(pattern, "no file matches")]


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
    return ImageArgument(name=readable(path), source=path)


def _nothing(path: Path | str, problem: str) -> ImageArgument:
    return ImageArgument(name=readable(path), source=None, problem=problem)
