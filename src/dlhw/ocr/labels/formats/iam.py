"""The IAM handwriting database's ``words.txt``.

As the file's own head says, a row is the word's id, ``ok`` or ``err`` for its segmentation, a grey level, perhaps the
number of components, the bounding box x y w h, a grammatical tag and the transcription, with single spaces between.
The image of ``a01-000u-00-00`` is ``words/a01/a01-000u/a01-000u-00-00.png``.
"""

from __future__ import annotations

import re
from pathlib import Path

from dlhw.ocr.labels.formats.format import LabelFile, Rows
from dlhw.ocr.labels.rows import Labels, Rejected, Row, numbered_lines

ROW = re.compile(
    r"(?P<id>(?P<form>(?P<group>[a-z]\d\d)-\w+)-\d\d-\d\d) (?P<status>ok|err?) \d+(?: -?\d+){4,5} \S+ (?P<text>.+)"
)


def looks_like_iam(text: str) -> bool:
    """Whether the first line that is no comment is a row of ``words.txt``."""
    first = next((line for _, line in numbered_lines(text) if not line.startswith("#")), "")
    return ROW.fullmatch(first.rstrip()) is not None


def read_iam(path: Path, text: str) -> Rows:
    """Read the rows of ``words.txt``; those with a bad segmentation are skipped, as is the database's custom.

    Args:
        text: the file's content.
    """
    labels = Labels(format="IAM words")
    rows: list[Row] = []
    images = _find_images(path.parent)
    for number, line in numbered_lines(text):
        if line.startswith("#"):
            continue
        found = ROW.fullmatch(line.rstrip())
        if not found:
            labels.rejected.append(
                Rejected(
                    image=line.split(" ", 1)[0],
                    file=path,
                    line=number,
                    kind="row not understood",
                    detail="not id, ok or err, grey level, box, tag and transcription",
                )
            )
            continue
        image = f"{images}{found['group']}/{found['form']}/{found['id']}.png"
        if found["status"] == "ok":
            rows.append(Row(image=image, text=found["text"], file=path, line=number))
        else:
            labels.skipped.append(Rejected(image=image, file=path, line=number, kind="marked as badly cut"))
    return labels, rows


def _find_images(folder: Path) -> str:
    """The way from the label file to the images: beside it, one up (it may lie in ``ascii/``), or around it."""
    for way in ("words/", "../words/"):
        if (folder / way).is_dir():
            return way
    return "" if any(folder.glob("[a-z][0-9][0-9]")) else "words/"


IAM = LabelFile(names=("words.txt", "ascii/words.txt"), suits=lambda _, text: looks_like_iam(text), read=read_iam)
