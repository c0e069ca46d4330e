"""The rows of a file as they stand there, one after the other, with their line numbers: nothing is held in memory."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dlhw.errors import DataError

Cells = tuple[int, list[str]]
"""A row's first line, from 1, and its cells."""


def lines(path: Path) -> Iterator[Cells]:
    """Each line as one text, blank ones too. LF, CRLF and CR end a line, nothing else does."""
    for number, line in _numbered(path):
        yield number, [line]


def tab_separated(path: Path) -> Iterator[Cells]:
    """Lines split at tabs, without quoting. Blank lines are passed over where there are columns to miss."""
    width = 0
    for number, line in _numbered(path):
        cells = line.split("\t")
        width = width or len(cells)
        if line.strip() or width == 1:
            yield number, cells


def comma_separated(path: Path) -> Iterator[Cells]:
    """Comma-separated values with quotes; semicolons where the first line has them and no comma.

    Raises:
        DataError: a quote is not closed, or the file is not UTF-8.
    """
    # Where the comma is the decimal sign, spreadsheets write semicolons.
    first = next((line for _, line in _numbered(path)), "")
    delimiter = ";" if ";" in first and "," not in first else ","
    line = 1
    try:
        with _opened(path, newline="") as file:
            reader = csv.reader(file, delimiter=delimiter, strict=True)
            width = 0
            for cells in reader:
                width = width or len(cells)
                if cells and (width == 1 or any(cells)):
                    yield line, cells
                elif not cells and width == 1:  # a blank line where there is one column: an empty text
                    yield line, [""]
                line = reader.line_num + 1
    except csv.Error as error:
        raise DataError(
            f"{path}: the row that begins in line {line} cannot be read as comma-separated values: {error}",
            'a quote within quotes is doubled: "5"" disk"',
        ) from error
    except UnicodeDecodeError as error:
        raise not_utf8(path) from error


def json_lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """One JSON object a line; blank lines are passed over.

    Raises:
        DataError: a line is not a JSON object.
    """
    for number, line in _numbered(path):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:  # the latter of JSON that is nested too deeply
            raise DataError(f"{path}, line {number} is not JSON: {error}", "each line is one object: {…}") from error
        if not isinstance(value, dict):
            raise DataError(
                f"{path}, line {number} is not a JSON object", 'each line is one, as {"id": "1", "text": "a"}'
            )
        yield number, value


def _numbered(path: Path) -> Iterator[tuple[int, str]]:
    try:
        with _opened(path, newline=None) as file:
            for number, line in enumerate(file, 1):
                yield number, line.removesuffix("\n")
    except UnicodeDecodeError as error:
        raise not_utf8(path) from error


def _opened(path: Path, *, newline: str | None) -> Any:
    try:
        return path.open(encoding="utf-8-sig", newline=newline)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from error


def not_utf8(path: Path) -> DataError:
    """The error of a file that is in another encoding, which names the first such line."""
    with path.open("rb") as file:
        if file.read(2) in (b"\xff\xfe", b"\xfe\xff"):
            return DataError(f"{path} is in UTF-16, and tables are read as UTF-8", "save it as UTF-8")
        file.seek(0)
        for number, line in enumerate(file, 1):
            try:
                line.decode("utf-8-sig")
            except UnicodeDecodeError as error:
                return DataError(
                    f"{path}, line {number} is not UTF-8: it has the byte 0x{line[error.start]:02X}",
                    "if it is in Latin-1, convert it: iconv -f LATIN1 -t UTF-8",
                )
    return DataError(f"{path} is not UTF-8", "save it as UTF-8")
