r"""ICDAR's ``gt.txt`` of the word recognition tasks: ``word_1.png, "Genaxis"``, a row a line.

The line is split at its first comma. Quotes around the label are stripped, and within them ``\"`` stands for a quote
and ``\\`` for a backslash, as https://rrc.cvc.uab.es/?ch=1&com=tasks has it.
"""

from __future__ import annotations

import re
from pathlib import Path

from dlhw.ocr.labels.formats.format import LabelFile, Rows
from dlhw.ocr.labels.rows import Labels, Rejected, Row, numbered_lines


def read_icdar(path: Path, text: str) -> Rows:
    """Read the rows of an ICDAR ground truth.

    Args:
        text: the file's content.
    """
    labels = Labels(format="ICDAR ground truth")
    rows: list[Row] = []
    for number, line in numbered_lines(text):
        image, comma, label = line.partition(",")
        if comma:
            rows.append(Row(image=image.strip(), text=_unquote(label.strip()), file=path, line=number))
        else:
            detail = "no comma between image and label"
            labels.rejected.append(
                Rejected(image=image.strip(), file=path, line=number, kind="row not understood", detail=detail)
            )
    return labels, rows


def _unquote(label: str) -> str:
    if len(label) < 2 or not (label[0] == label[-1] == '"'):
        return label
    return re.sub(r'\\(["\\])', r"\1", label[1:-1])


def _suits(path: Path, text: str) -> bool:
    first = next((line for _, line in numbered_lines(text)), "")
    return "," in first or not first


ICDAR = LabelFile(names=("gt.txt", "labels.txt", "label.txt"), suits=_suits, read=read_icdar)
