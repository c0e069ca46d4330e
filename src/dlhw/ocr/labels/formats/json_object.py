"""``labels.json`` as docTR has it, ``{"a.png": "Hello"}``, with the images in ``images/``; or a list of objects."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from dlhw.errors import DataError
from dlhw.ocr.labels.formats.format import LabelFile, Rows
from dlhw.ocr.labels.formats.json_lines import add_object, add_text
from dlhw.ocr.labels.rows import Labels, Row


class _Pairs(list[tuple[str, Any]]):
    """An object's pairs in order: a name may come twice, which a dict would hide."""


def read_json_object(path: Path, text: str) -> Rows:
    """Read the pairs of an object, or the objects of a list.

    Raises:
        DataError: it is not JSON, or neither of them.
    """
    labels = Labels(format="labels in JSON")
    rows: list[Row] = []
    try:
        document = json.loads(text, object_pairs_hook=_Pairs)
    except ValueError as error:
        raise DataError(f"{path} is not JSON: {error}", 'expected {"a.png": "Hello"}') from error
    except RecursionError as error:
        raise DataError(f"{path} is nested too deeply", 'expected {"a.png": "Hello"}') from error
    if isinstance(document, _Pairs):
        place = 0
        for name, value in document:
            # Keys come in the order of the text, so the next one is behind the last one.
            place = max(place, text.find(json.dumps(name, ensure_ascii=False), place))
            add_text(labels, rows, name, value, path, text.count("\n", 0, place) + 1)
    elif isinstance(document, list):
        for number, entry in enumerate(document, start=1):
            add_object(labels, rows, dict(entry) if isinstance(entry, _Pairs) else entry, path, number)
    else:
        raise DataError(f"{path} is neither an object nor a list", 'expected {"a.png": "Hello"}')
    return labels, rows


JSON_OBJECT = LabelFile(
    names=("labels.json", "label.json", "gt.json"),
    suits=lambda path, _: path.suffix.lower() == ".json",
    read=read_json_object,
)
