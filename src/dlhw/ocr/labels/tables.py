"""Label files with columns: ``.tsv``, split at tabs and without quoting, and ``.csv``, with quotes.

A first row that names two columns, such as ``path,text`` or ``filename,words``, is a header; then columns may come in
any order, and others between them. Without one the first column is the picture and the second the label.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

from dlhw.errors import DataError
from dlhw.ocr.labels.rows import Labels, Rejected, Row, numbered_lines

IMAGE_COLUMNS = {"path", "image", "file", "filename", "file_name", "image_path", "picture", "name"}
TEXT_COLUMNS = {"text", "label", "labels", "word", "words", "transcription", "ground_truth", "gt", "identity"}

Cells = tuple[int, list[str]]
"""A row's first line, and its cells."""


def read_table(path: Path, text: str, *, tabs: bool) -> tuple[Labels, list[Row]]:
    """Read the rows of a table.

    Args:
        text: the file's content.
        tabs: cells are split at tabs; otherwise they are comma-separated and may be quoted.

    Raises:
        DataError: a quote is not closed, or a header names the pictures and not the labels.
    """
    labels = Labels(format="tab-separated labels" if tabs else "comma-separated labels")
    rows: list[Row] = []
    columns: tuple[int, int, int] | None = None
    for line, cells in _split_at_tabs(text) if tabs else _read_csv(path, text):
        if columns is None:
            header = _find_columns(path, cells)
            columns = header or (0, 1, 2)
            if header:
                continue
        image, label, count = columns
        if len(cells) == count:
            rows.append(Row(image=cells[image].strip(), text=cells[label], file=path, line=line))
            continue
        detail = f"{_columns(len(cells))} where {count} were expected"
        if not tabs and len(cells) > count:
            detail += "; a label that holds a comma needs quotes"
        labels.rejected.append(
            Rejected(image=cells[0].strip(), file=path, line=line, kind="row not understood", detail=detail)
        )
    return labels, rows


def _find_columns(path: Path, cells: list[str]) -> tuple[int, int, int] | None:
    """Where picture and label stand in a header, and how many columns it has; none where it is a row like others."""
    names = [cell.strip().casefold() for cell in cells]
    images = [index for index, name in enumerate(names) if name in IMAGE_COLUMNS]
    texts = [index for index, name in enumerate(names) if name in TEXT_COLUMNS]
    if images and texts:
        return images[0], texts[0], len(cells)
    if images[:1] == [0] and not (path.parent / cells[0].strip()).is_file():
        raise DataError(
            f"{path} has a header without a column for the labels: {', '.join(names)}",
            f"name it one of {', '.join(sorted(TEXT_COLUMNS))}",
        )
    return None


def _columns(count: int) -> str:
    return "1 column" if count == 1 else f"{count} columns"


def _split_at_tabs(text: str) -> Iterator[Cells]:
    return ((number, line.split("\t")) for number, line in numbered_lines(text))


def _read_csv(path: Path, text: str) -> Iterator[Cells]:
    first = text.partition("\n")[0]
    # Where the comma is the decimal sign, spreadsheets write semicolons.
    delimiter = ";" if ";" in first and "," not in first else ","
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
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
