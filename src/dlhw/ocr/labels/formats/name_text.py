"""``NAME.txt`` beside the image ``NAME.png``."""

from __future__ import annotations

import re
from pathlib import Path

from dlhw.images.walking import Walked
from dlhw.ocr.labels.formats.format import LabelsBeside, Rows
from dlhw.ocr.labels.formats.ground_truth_text import SUFFIX as GROUND_TRUTH
from dlhw.ocr.labels.formats.ground_truth_text import add_row, images_by_name
from dlhw.ocr.labels.rows import Labels, Rejected, Row, read_text

SUFFIX = ".txt"
NOTES = re.compile(r"(?i)(read ?me|licen[cs]e|notes?|notice|classes|changelog|requirements|citation|info|about).*")
"""Names of files that lie in many folders and are no labels."""

BOXES = re.compile(r"(?:\d+(?:\s+-?\d*\.?\d+){4,5}\s*)+")
"""What YOLO writes beside an image: for each thing its class and its box."""


def read_beside(walked: Walked) -> Rows:
    """Read every ``NAME.txt``."""
    labels = Labels(format="labels beside the images")
    rows: list[Row] = []
    images = images_by_name(walked)
    for path in _texts(walked):
        found = images.get(path.with_suffix(""), [])
        if not found and NOTES.fullmatch(path.stem):
            continue
        if found and BOXES.fullmatch(read_text(path)):
            detail = "boxes of an object detector, and a word was expected"
            labels.rejected.append(
                Rejected(image=found[0].name, file=path, line=1, kind="row not understood", detail=detail)
            )
            continue
        add_row(labels, rows, path, path.stem, found)
    return labels, rows


def _texts(walked: Walked) -> list[Path]:
    return [path for path in walked.files if path.suffix.lower() == SUFFIX and not path.name.endswith(GROUND_TRUTH)]


def _applies(walked: Walked) -> bool:
    """If at least one image has such a file: texts alone lie in many folders."""
    names = images_by_name(walked)
    return any(path.with_suffix("") in names for path in _texts(walked))


NAME_TEXT = LabelsBeside(suffix=SUFFIX, applies=_applies, read=read_beside)
