"""An image's name, spaces, and the word in it: what many recognisers take, and ``trdg --name_format 2`` writes.

The name ends at the first suffix of an image that is followed by a space, so that it may have spaces within, and the
label may have anything. A comma behind the name makes it ICDAR's. MJSynth's lists look the same and are not.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from dlhw.images.formats import SUFFIXES
from dlhw.ocr.labels.formats.format import LabelFile, Rows
from dlhw.ocr.labels.rows import Labels, Rejected, Row, numbered_lines

_SUFFIX = "|".join(re.escape(suffix) for suffix in sorted(SUFFIXES))
ROW = re.compile(rf"(?P<image>\S.*?(?i:{_SUFFIX}))(?: +(?!,)(?P<text>.*))?")
MJSYNTH = re.compile(r"(?:^|/)\d+_(?P<word>[^/]+)_(?P<number>\d+)\.[^/.]+$")
"""``./2425/1/115_Lube_45484.jpg 45484``: the number is that of the word in the lexicon, and no label."""


def read_spaced(path: Path, text: str) -> Rows:
    """Read a row a line."""
    labels = Labels(format="names and labels separated by spaces")
    rows: list[Row] = []
    for number, line in numbered_lines(text):
        found = ROW.fullmatch(line.strip(" "))
        if found:
            rows.append(Row(image=found["image"], text=found["text"] or "", file=path, line=number))
            continue
        image, detail = line.split(" ", 1)[0], "no image's name with a suffix, a space and a label"
        labels.rejected.append(Rejected(image=image, file=path, line=number, kind="row not understood", detail=detail))
    in_names = [MJSYNTH.search(row.image) for row in rows]
    if rows and all(found and found["number"] == row.text for found, row in zip(in_names, rows, strict=True)):
        labels.format = "MJSynth's lists, with the words in the images' names"
        rows = [replace(row, text=found["word"]) for found, row in zip(in_names, rows, strict=True) if found]
    return labels, rows


def _suits(path: Path, text: str) -> bool:
    """By the first rows: a label may hold commas, and even begin with one."""
    first = [line.strip(" ") for _, line in numbered_lines(text)][:20]
    fitting = [found for line in first if (found := ROW.fullmatch(line)) and found["text"] is not None]
    return len(fitting) * 2 > len(first)


SPACED = LabelFile(names=("gt.txt", "labels.txt", "label.txt"), suits=_suits, read=read_spaced)
