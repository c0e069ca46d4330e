"""The formats of label files, one a file. A new one is a new file here, and a line in this list."""

from __future__ import annotations

from dlhw.ocr.labels.formats.comma import COMMA
from dlhw.ocr.labels.formats.format import LabelFile, LabelsBeside
from dlhw.ocr.labels.formats.ground_truth_text import GROUND_TRUTH_TEXT
from dlhw.ocr.labels.formats.iam import IAM
from dlhw.ocr.labels.formats.icdar import ICDAR
from dlhw.ocr.labels.formats.json_lines import JSON_LINES
from dlhw.ocr.labels.formats.json_object import JSON_OBJECT
from dlhw.ocr.labels.formats.name_text import NAME_TEXT
from dlhw.ocr.labels.formats.spaced import SPACED
from dlhw.ocr.labels.formats.tab import TAB

LABEL_FILES: tuple[LabelFile, ...] = (JSON_OBJECT, JSON_LINES, IAM, COMMA, TAB, SPACED, ICDAR)
"""In the order in which they are asked whether they suit. A format that alone has a file's name is asked before all."""

BESIDE: tuple[LabelsBeside, ...] = (GROUND_TRUTH_TEXT, NAME_TEXT)

SUFFIXES = (".tsv", ".csv", ".txt", ".json", ".jsonl")
"""Of label files that are called like a split: ``train.txt``."""
