"""Tables of labels, however their cells are separated: columns found by a header, or the first two.

A first row that names two columns, such as ``path,text`` or ``filename,words``, is a header; then columns may come in
any order, and others between them, and one called ``split`` divides the rows. Without a header the first column is the
image and the second the label.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from dlhw.errors import DataError
from dlhw.ocr.labels.formats.format import Rows
from dlhw.ocr.labels.rows import Labels, Rejected, Row
from dlhw.plurals import counted

IMAGE_COLUMNS = {
    *("path", "image", "file", "filename", "imagepath", "picture", "name", "imagename", "imagefile", "filepath"),
    *("img", "imgname", "imgpath"),
}
TEXT_COLUMNS = {
    *("text", "label", "labels", "word", "words", "transcription", "transcript", "groundtruth", "gt", "identity"),
    *("target", "string"),
}
SPLIT_COLUMNS = {"split", "subset", "partition"}
"""Names of columns, in lower case and without spaces, hyphens and underscores."""

Cells = tuple[int, list[str]]
"""A row's first line, and its cells."""


@dataclass(frozen=True, kw_only=True)
class _Columns:
    image: int = 0
    text: int = 1
    split: int | None = None
    count: int = 2
    """How many columns there are."""


def read_columns(path: Path, table: Iterable[Cells], labels: Labels, *, advice: str = "") -> Rows:
    """Read the rows of a table.

    Args:
        path: the file, for messages.
        table: its rows, with a header or without.
        labels: what to add to.
        advice: what to do about a row with too many columns.

    Raises:
        DataError: a header names the images and not the labels.
    """
    rows: list[Row] = []
    columns: _Columns | None = None
    for line, cells in table:
        if columns is None:
            header = _find_columns(path, cells)
            columns = header or _Columns()
            if header:
                continue
        if len(cells) == columns.count:
            split = None if columns.split is None else cells[columns.split].strip()
            image, text = cells[columns.image].strip(), cells[columns.text]
            rows.append(Row(image=image, text=text, file=path, line=line, split=split))
            continue
        detail = f"{_counted(len(cells))} where {columns.count} were expected"
        if advice and len(cells) > columns.count:
            detail += f"; {advice}"
        labels.rejected.append(
            Rejected(image=cells[0].strip(), file=path, line=line, kind="row not understood", detail=detail)
        )
    return labels, rows


def find_key(names: Iterable[str], wanted: set[str]) -> str | None:
    """The first of some names that is one of a set of names of columns."""
    return next((name for name in names if _plain(name) in wanted), None)


def _find_columns(path: Path, cells: list[str]) -> _Columns | None:
    """Where the columns of a header are; ``None`` where it is a row like others."""
    image, text, split = (find_key(cells, wanted) for wanted in (IMAGE_COLUMNS, TEXT_COLUMNS, SPLIT_COLUMNS))
    if image is not None and text is not None:
        return _Columns(
            image=cells.index(image),
            text=cells.index(text),
            split=None if split is None else cells.index(split),
            count=len(cells),
        )
    if image is not None and image == cells[0] and not (path.parent / image.strip()).is_file():
        raise DataError(
            f"{path} has a header without a column for the labels: {', '.join(cell.strip() for cell in cells)}",
            f"name it one of {', '.join(sorted(TEXT_COLUMNS))}",
        )
    return None


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]+", "", name).casefold()


def _counted(count: int) -> str:
    return counted(count, "column")
