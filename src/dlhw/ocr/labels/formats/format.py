"""What a format of label files says of itself, so that :mod:`dlhw.ocr.labels.finding` can find and read it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dlhw.images.walking import Walked
from dlhw.ocr.labels.rows import Labels, Row

Rows = tuple[Labels, list[Row]]
"""Rows, and what is already known to be wrong."""


@dataclass(frozen=True, kw_only=True)
class LabelFile:
    """One file with a row for each image."""

    names: tuple[str, ...]
    """How it is called within a folder, in lower case. A file that is given directly may have any name."""

    suits: Callable[[Path, str], bool]
    """Whether a file with this content has the format. A format that alone has the file's name is asked first, then
    all in the order of the list; the first that suits reads."""

    read: Callable[[Path, str], Rows]
    """Reads a file with this content.

    Raises:
        DataError: it cannot be read as a whole.
    """


@dataclass(frozen=True, kw_only=True)
class LabelsBeside:
    """A label file for each image, in the same folder."""

    suffix: str
    """Of the label files: ``.gt.txt`` of ``NAME.gt.txt``."""

    applies: Callable[[Walked], bool]
    """Whether any lie in a folder or below; none is opened."""

    read: Callable[[Walked], Rows]
    """Reads all of them."""
