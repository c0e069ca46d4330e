r"""Labels in a ``.csv``: quotes as spreadsheets write them; semicolons where the comma is the decimal sign.

Blanks after a comma belong to no cell, so that the quote in ``a.png, "Hello"`` opens one. A file in which quotes are
escaped by backslashes is ICDAR's ground truth, whatever its name.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

from dlhw.errors import DataError
from dlhw.ocr.labels.formats.columns import Cells, read_columns
from dlhw.ocr.labels.formats.format import LabelFile, Rows
from dlhw.ocr.labels.formats.icdar import read_icdar
from dlhw.ocr.labels.rows import Labels


def read_comma(path: Path, text: str) -> Rows:
    """Read the rows of a ``.csv``.

    Raises:
        DataError: a quote is not closed.
    """
    if '\\"' in text and '""' not in text:
        return read_icdar(path, text)
    advice = "a label that holds a comma needs quotes"
    return read_columns(path, _read_cells(path, text), Labels(format="comma-separated labels"), advice=advice)


def _read_cells(path: Path, text: str) -> Iterator[Cells]:
    first = text.partition("\n")[0]
    delimiter = ";" if ";" in first and "," not in first else ","
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True, strict=True)
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise DataError(
            f"{path}: the row that begins in line {line} cannot be read as comma-separated values: {error}",
            'a quote within quotes is doubled: "5"" disk"',
        ) from error


COMMA = LabelFile(
    names=("labels.csv", "label.csv", "gt.csv", "metadata.csv"),
    suits=lambda path, _: path.suffix.lower() == ".csv",
    read=read_comma,
)
