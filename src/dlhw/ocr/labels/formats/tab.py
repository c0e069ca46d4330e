r"""Labels separated by tabs: ``labels.tsv``, PaddleOCR's ``train.txt``, MMOCR's and others.

Quotes are letters like others, unless the whole file quotes as spreadsheets do: where a cell is in quotes, every quote
within it is doubled, or its image is in quotes too.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

from dlhw.ocr.labels.formats.columns import Cells, read_columns
from dlhw.ocr.labels.formats.format import LabelFile, Rows
from dlhw.ocr.labels.rows import Labels, numbered_lines

NAMES = ("rec_gt.txt", "labels.tsv", "label.tsv", "gt.tsv", "metadata.tsv", "gt.txt", "labels.txt", "label.txt")
BOXES = re.compile(r"[^\t]+\t\[\{\"transcription\":")
"""A row of PPOCRLabel's ``Label.txt``: every text on a page, with its corners. Its words are in ``rec_gt.txt``."""

DOUBLED = re.compile(r'"(?:[^"]|"")*""(?:[^"]|"")*"')
QUOTED = re.compile(r'"(?:[^"]|"")*"')


def read_tab(path: Path, text: str) -> Rows:
    """Read the rows of a table separated by tabs."""
    labels = Labels(format="tab-separated labels")
    lines = [(number, line.split("\t")) for number, line in numbered_lines(text)]
    return read_columns(path, _unquoted(text) if _quotes(lines) else lines, labels)


def _quotes(lines: list[Cells]) -> bool:
    """Whether a file quotes as spreadsheets do."""
    opened = [cell for _, cells in lines for cell in cells if cell.startswith('"')]
    if not opened or not all(QUOTED.fullmatch(cell) for cell in opened):
        return False
    return any(DOUBLED.fullmatch(cell) for cell in opened) or all(cells[0].startswith('"') for _, cells in lines)


def _unquoted(text: str) -> Iterator[Cells]:
    reader = csv.reader(StringIO(text, newline=""), delimiter="\t")
    line = 1
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield line, cells
        line = reader.line_num + 1


def _suits(path: Path, text: str) -> bool:
    first = next((line for _, line in numbered_lines(text)), "")
    return path.suffix.lower() == ".tsv" or "\t" in first


TAB = LabelFile(names=NAMES, suits=_suits, read=read_tab)
