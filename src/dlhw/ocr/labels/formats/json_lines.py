"""``metadata.jsonl`` of Hugging Face's imagefolder, an object a line: ``{"file_name": "a.png", "text": "Hello"}``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dlhw.ocr.labels.formats.columns import IMAGE_COLUMNS, SPLIT_COLUMNS, TEXT_COLUMNS, find_key
from dlhw.ocr.labels.formats.format import LabelFile, Rows
from dlhw.ocr.labels.rows import Labels, Rejected, Row, numbered_lines


def read_json_lines(path: Path, text: str) -> Rows:
    """Read an object a line."""
    labels = Labels(format="labels in lines of JSON")
    rows: list[Row] = []
    for number, line in numbered_lines(text):
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError) as error:
            entry = f"no JSON: {error}"
        add_object(labels, rows, entry, path, number)
    return labels, rows


def add_object(labels: Labels, rows: list[Row], entry: Any, path: Path, line: int) -> None:
    """Add one object's row, or what is wrong with it. Its keys are called as a table's columns are."""
    if not isinstance(entry, Mapping):
        detail = entry if isinstance(entry, str) else "no object"
        labels.rejected.append(Rejected(image="", file=path, line=line, kind="row not understood", detail=detail))
        return
    image, text, split = (find_key(entry, wanted) for wanted in (IMAGE_COLUMNS, TEXT_COLUMNS, SPLIT_COLUMNS))
    if image is None or text is None:
        detail = f"it has {', '.join(entry) or 'nothing'}, and file_name and text were expected"
        labels.rejected.append(Rejected(image="", file=path, line=line, kind="row not understood", detail=detail))
        return
    add_text(labels, rows, str(entry[image]), entry[text], path, line, split=None if split is None else entry[split])


def add_text(
    labels: Labels, rows: list[Row], image: str, text: Any, path: Path, line: int, *, split: Any = None
) -> None:
    """Add a row whose label is text; a whole number is text too, as programs write words of digits."""
    if text is None:
        text = ""
    if isinstance(text, int) and not isinstance(text, bool):
        text = str(text)
    if isinstance(text, str):
        rows.append(Row(image=image, text=text, file=path, line=line, split=None if split is None else str(split)))
        return
    detail = f"its label is no text but {type(text).__name__}"
    labels.rejected.append(Rejected(image=image, file=path, line=line, kind="row not understood", detail=detail))


JSON_LINES = LabelFile(
    names=("metadata.jsonl", "labels.jsonl", "label.jsonl", "gt.jsonl"),
    suits=lambda path, _: path.suffix.lower() == ".jsonl",
    read=read_json_lines,
)
