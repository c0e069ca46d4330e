"""What the readers of label files share: rows as they stand there, what can be used, and what cannot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from dlhw.errors import DataError
from dlhw.images.formats import explain_holder
from dlhw.images.names import readable

Fault = Literal[
    "row not understood",
    "label empty",
    "label too long",
    "control character in the label",
    "outside the data folder",
    "no such image",
    "contradictory labels",
    "image unreadable",
]
Reason = Literal["row repeated", "marked as badly cut", "marked as no word"]
Remark = Literal["invisible characters taken out", "several pages", "image in two splits"]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row of a label file, as it stands there."""

    image: str
    """The image's path as written."""

    text: str
    file: Path
    line: int
    """Its first line in the file, from 1."""

    split: str | None = None
    """What its file says in a column for that."""


@dataclass(frozen=True, kw_only=True)
class LabelledWord:
    """A row that passed every check but whose image is not read yet."""

    path: Path
    """The image, every link followed."""

    text: str
    """NFC, without outer white space, 1 to 64 code points."""

    row: Row


@dataclass(frozen=True, kw_only=True)
class Rejected:
    """A row that is left out, or that there is something to say about."""

    image: str
    file: Path
    line: int
    kind: Fault | Reason | Remark
    """What is wrong, in words that rows have in common."""

    detail: str = ""
    """What is wrong with this row besides."""

    text: str | None = None
    """The label, where there is a usable one that evaluation must count as missed."""

    @property
    def reason(self) -> str:
        """What is wrong, as one line."""
        return f"{self.kind}: {self.detail}" if self.detail else self.kind

    def __str__(self) -> str:
        place = f"{readable(self.file)}, line {self.line}"
        return f"{place}: {readable(self.image)}: {self.reason}" if self.image else f"{place}: {self.reason}"


@dataclass(kw_only=True)
class Labels:
    """What label files say, gathered while they are read."""

    format: str
    """Of which kind they are, for a person."""

    words: list[LabelledWord] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    """Rows that are faulty."""

    skipped: list[Rejected] = field(default_factory=list)
    """Rows without fault that are left out anyway."""

    remarks: list[Rejected] = field(default_factory=list)
    """Rows that are used, and that there is something to say about."""


def read_text(path: Path) -> str:
    """A label file's text: UTF-8, with or without a byte order mark.

    Raises:
        DataError: it cannot be read, or is in another encoding; the line is named.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from error
    holder = explain_holder(path.name)
    if holder and (b"\0" in content or not _is_text(content)):
        raise DataError(f"{path} is {holder[0]}, and a label file is text", holder[1])
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DataError(f"{path} is in UTF-16, and labels are read as UTF-8", "save it as UTF-8")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1  # the bytes without the mark
        raise DataError(
            f"{path}, line {line} is not UTF-8: it has the byte 0x{error.object[error.start]:02X}",
            "if it is in Latin-1, convert it: iconv -f LATIN1 -t UTF-8",
        ) from error


def _is_text(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def numbered_lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines that are not blank, with their numbers from 1. LF, CRLF and CR end a line, nothing else does."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return ((number, line) for number, line in enumerate(lines, 1) if line.strip())
