"""A file or folder of truth or predictions, opened: its rows come one after the other, whatever its format.

==================  ==========================================================================================
``.csv``            comma-separated, with quotes
``.tsv``            tab-separated, without; also a ``.txt`` whose first line has a tab
``.jsonl``          one object a line; a list is an n-best list
``.txt``            one text a line, without ids: rows are matched by their place
a folder            ``NAME.gt.txt`` a row; predictions are ``NAME.pred.txt``, else ``NAME.txt``, else ``NAME.gt.txt``
==================  ==========================================================================================
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dlhw.errors import DataError
from dlhw.images.formats import explain_holder
from dlhw.images.walking import walk
from dlhw.plurals import counted
from dlhw.tables.columns import (
    ID_NAMES,
    TEXT_NAMES,
    ColumnArguments,
    Columns,
    Side,
    choose_columns,
    looks_like_header,
)
from dlhw.tables.rows import Cells, comma_separated, json_lines, lines, not_utf8, tab_separated

Row = tuple[int, str, tuple[str, ...], str]
"""Line from 1, id (empty where there is none), texts (the best first), group (empty where none was asked for)."""

EXPECTED = "expected .csv, .tsv, .jsonl, .txt with one text a line, or a folder of NAME.gt.txt"
TRUTH_SUFFIX = ".gt.txt"
PREDICTION_SUFFIXES = (".pred.txt", ".txt", TRUTH_SUFFIX)
Reader = Callable[[Path], Iterator[Cells]]


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where truth or predictions come from."""

    path: Path
    has_ids: bool
    described: str
    """The columns that were taken, for a person."""

    texts: int
    """Columns of candidates; 0 where each row has a list of its own."""

    rows: Iterator[Row]
    """Read once."""

    has_asked_id: bool | None = None
    """Whether the column of ids that a person named is there; ``None`` where there are no columns."""

    doubt: str = ""
    """What a person should look at, in a sentence: a first row that was taken for data and may be a header."""

    holds: str = "text"
    """What each row has beside its id, as in :class:`dlhw.tables.columns.ColumnArguments`."""


def open_source(path: Path, side: Side, asked: ColumnArguments) -> Source:
    """Open truth or predictions and find their columns; no more than the first row is read.

    Args:
        path: a file, or a folder of text files.
        side: which of the two it is.
        asked: the columns that a person named.

    Raises:
        DataError: there is nothing there, it is empty, in another encoding, or its columns have no usual names.
        UsageError: a column's place is out of range.
    """
    if path.is_dir():
        return _open_folder(path, side, asked)
    if not path.exists():
        raise DataError(f"there is nothing at {path}", EXPECTED)
    if not path.is_file():
        raise DataError(
            f"{path} is a pipe, and the format of its contents is known only by a file's name",
            "write it to a .csv, .tsv, .jsonl or .txt file first, and name that",
        )
    suffix = path.suffix.lower()
    if suffix in (".jsonl", ".ndjson"):
        return _open_json(path, side, asked)
    readers: dict[str, Reader] = {".csv": comma_separated, ".tsv": tab_separated, ".tab": tab_separated, ".txt": lines}
    if suffix not in readers:
        if holder := explain_holder(path.name):
            raise DataError(f"{path} is {holder[0]}, and a table is text", holder[1])
        raise DataError(f"what {path} holds cannot be seen from its name", EXPECTED)
    reader = readers[suffix]
    if reader is lines and "\t" in next(lines(path), (0, [""]))[1][0]:
        reader = tab_separated
    if reader is not lines:
        return _open_table(path, reader, side, asked)
    if asked.group:
        raise DataError(
            f"{path} has one {asked.holds} a line and no column “{asked.group}”", "give a table with that column"
        )
    return _open_plain(path, asked)


def _open_plain(path: Path, asked: ColumnArguments) -> Source:
    first, rows = _peeked(path, lines(path))
    texts: Iterator[Row] = ((line, "", (cells[0],), "") for line, cells in itertools.chain([first], rows))
    described = f"one {asked.holds} a line"
    return Source(path=path, has_ids=False, described=described, texts=1, rows=texts, holds=asked.holds)


def _open_table(path: Path, reader: Reader, side: Side, asked: ColumnArguments) -> Source:
    first, rows = _peeked(path, reader(path))
    columns = choose_columns(path, first[1], side, asked)
    doubt = ""
    if not columns.names:
        second = next(rows, None)
        if second is not None and looks_like_header(first[1], second[1], columns):
            doubt = _header_taken_for_data(path, first[1], side)
        rows = itertools.chain([first] if second is None else [first, second], rows)
    else:
        second, rows = _peeked(path, rows, what="rows below its header")
        rows = itertools.chain([second], rows)
    return Source(
        path=path,
        has_ids=columns.id is not None,
        described=columns.describe(),
        texts=len(columns.texts),
        rows=_table_rows(path, rows, columns),
        has_asked_id=columns.has_asked_id,
        doubt=doubt,
        holds=asked.holds,
    )


def _header_taken_for_data(path: Path, first: list[str], side: Side) -> str:
    listed = ", ".join(f"“{name}”" for name in first)
    option = "`truth_column`" if side == "truth" else "`column`"
    return (
        f"the first row of {path} looks like a header and was taken for data: {listed}; "
        f"if it is one, name its columns with `id` and {option}"
    )


def _table_rows(path: Path, rows: Iterator[Cells], columns: Columns) -> Iterator[Row]:
    count, identity, group = columns.count, columns.id, columns.group
    first, *others = columns.texts
    for line, cells in rows:
        if len(cells) != count:
            commas = "; a text that holds a comma needs quotes" if path.suffix.lower() == ".csv" else ""
            raise DataError(
                f"{path}, line {line} has {counted(len(cells), 'column')}, and its first row has {count}{commas}",
                "each row has as many columns as the first",
            )
        texts = (cells[first], *(cells[place] for place in others))
        while len(texts) > 1 and not texts[-1]:  # a shorter list than others leaves its last cells empty
            texts = texts[:-1]
        yield line, "" if identity is None else cells[identity].strip(), texts, "" if group is None else cells[group]


def _open_json(path: Path, side: Side, asked: ColumnArguments) -> Source:
    first, rows = _peeked(path, json_lines(path))
    keys = list(first[1])
    text, identity, group = asked.text, asked.id, asked.group
    has_asked_id = identity in keys
    if asked.id_if_there and not has_asked_id:
        identity = None
    text = text or next((name for name in TEXT_NAMES[side] if name in keys), None)
    if side == "predictions" and asked.text is None and "candidates" in keys:
        text = "candidates"
    identity = identity or next((key for key in keys if key in ID_NAMES and key != text), None)
    if text is None:
        listed = ", ".join(f"“{key}”" for key in keys)
        option = "`truth_column`" if side == "truth" else "`column`"
        what = "the truth" if side == "truth" else "the predictions"
        raise DataError(f"it is not clear which key of {path} holds {what}: it has {listed}", f"name it: {option} NAME")
    described = (f"id key “{identity}”, " if identity else "") + f"key “{text}”"
    found = _json_rows(path, itertools.chain([first], rows), text, identity, group)
    return Source(
        path=path,
        has_ids=identity is not None,
        described=described,
        texts=0,
        rows=found,
        has_asked_id=has_asked_id,
        holds=asked.holds,
    )


def _json_rows(
    path: Path, rows: Iterator[tuple[int, dict[str, Any]]], text: str, identity: str | None, group: str | None
) -> Iterator[Row]:
    for line, value in rows:
        for key in (text, identity, group):
            if key is not None and key not in value:
                listed = ", ".join(f"“{name}”" for name in value)
                raise DataError(f"{path}, line {line} has no “{key}”: it has {listed}", "each line has the same keys")
        texts = _texts(path, line, value[text])
        key = "" if identity is None else _plain(path, line, value[identity])
        yield line, key, texts, "" if group is None else _plain(path, line, value[group])


def _texts(path: Path, line: int, value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        return (_plain(path, line, value),)
    return tuple(_plain(path, line, one.get("text") if isinstance(one, Mapping) else one) for one in value)


def _plain(path: Path, line: int, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise DataError(f"{path}, line {line}: {value!r} is not text", "a text, a number, null, or a list of texts")


def _open_folder(path: Path, side: Side, asked: ColumnArguments) -> Source:
    if asked.text or asked.group:
        raise DataError(
            f"{path} is a folder of {asked.holds}s and has no columns", "give a table where columns are to be chosen"
        )
    suffixes = (TRUTH_SUFFIX,) if side == "truth" else PREDICTION_SUFFIXES
    for suffix in suffixes:
        files = sorted(
            file
            for file in walk(path).files
            if file.name.endswith(suffix)
            and file.name != suffix
            and (suffix != ".txt" or not file.name.endswith(TRUTH_SUFFIX))
        )
        if files:
            rows = _folder_rows(path, files, suffix)
            return Source(
                path=path, has_ids=True, described=f"files NAME{suffix}", texts=1, rows=rows, holds=asked.holds
            )
    raise DataError(f"{path} has no files {' or '.join(f'NAME{suffix}' for suffix in suffixes)}", EXPECTED)


def _folder_rows(root: Path, files: list[Path], suffix: str) -> Iterator[Row]:
    for number, file in enumerate(files, 1):
        try:
            text = file.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            raise not_utf8(file) from error
        name = file.relative_to(root).as_posix().removesuffix(suffix)
        yield number, name, (text.removesuffix("\n").removesuffix("\r"),), ""


def _peeked(path: Path, rows: Iterator[Any], what: str = "rows") -> tuple[Any, Iterator[Any]]:
    first = next(rows, None)
    if first is None:
        raise DataError(f"{path} has no {what}", EXPECTED if what == "rows" else "each row is an id and a text")
    return first, rows
