"""What every row must keep to, whatever file it stands in: a usable label, and a picture within the data folder."""

from __future__ import annotations

import functools
import os
import unicodedata
from collections.abc import Callable, Iterable
from pathlib import Path

from dlhw.ocr.labels.rows import Fault, LabelledWord, Labels, Rejected, Row

MAX_LETTERS = 64
"""Code points in a label. The longest English word in use has 28, and web addresses are not words."""


def check_rows(rows: Iterable[Row], labels: Labels, *, root: Path) -> None:
    """Sort rows into words and rejected or skipped ones; pictures are not opened.

    A picture that has the same label twice counts once. One with two different labels is left out: nobody can say
    which is right.

    Args:
        labels: what to add to.
        root: the data folder, which no path may leave, not even by a link.
    """
    by_picture: dict[Path, list[LabelledWord]] = {}
    top = os.path.realpath(root)
    # A folder's links are followed once, not for each of its pictures.
    real = functools.cache(os.path.realpath)
    for row in rows:
        text = unicodedata.normalize("NFC", row.text).strip()
        label_fault = _find_label_fault(text)
        path, path_fault = _find_picture(row, top, real)
        if label_fault or path_fault:
            kind, detail = label_fault or path_fault or ("row not understood", "")
            scored = kind in ("label too long", "outside the data folder", "no such picture")
            labels.rejected.append(reject(row, kind, detail, text=text if scored else None))
        else:
            by_picture.setdefault(path, []).append(LabelledWord(path=path, text=text, row=row))
    for words in by_picture.values():
        _add_picture(words, labels)


def reject(row: Row, kind: Fault, detail: str, *, text: str | None) -> Rejected:
    """A row with what is wrong with it."""
    return Rejected(image=row.image, file=row.file, line=row.line, kind=kind, detail=detail, text=text)


def _add_picture(words: list[LabelledWord], labels: Labels) -> None:
    first, *others = words
    others_text = next((word for word in others if word.text != first.text), None)
    if others_text is None:
        labels.words.append(first)
        labels.skipped += [
            Rejected(image=word.row.image, file=word.row.file, line=word.row.line, kind="row repeated",
                     detail=f"as {place(first.row, word.row)}")
            for word in others
        ]  # fmt: skip
        return
    for word in words:
        other = next(each for each in words if each.text != word.text)
        detail = f"“{word.text}” here, “{other.text}” in {place(other.row, word.row)}"
        labels.rejected.append(reject(word.row, "contradictory labels", detail, text=None))


def place(row: Row, seen_from: Row) -> str:
    """Where a row stands, for somebody who looks at another."""
    return f"line {row.line}" if row.file == seen_from.file else f"{row.file}, line {row.line}"


def _find_label_fault(text: str) -> tuple[Fault, str] | None:
    if not text:
        return "label empty", ""
    control = next((letter for letter in text if unicodedata.category(letter) == "Cc"), None)
    if control is not None:
        name = "a line break" if control in "\r\n" else f"U+{ord(control):04X}"
        return "control character in the label", name
    if len(text) > MAX_LETTERS:
        return "label too long", f"{len(text):,} letters, {MAX_LETTERS} at most"
    return None


def _find_picture(row: Row, top: str, real: Callable[[Path], str]) -> tuple[Path, tuple[Fault, str] | None]:
    """The file that a row means, links followed, and what is wrong with it."""
    if not row.image or "\0" in row.image:
        return row.file, ("row not understood", "it names no picture")
    written = row.file.parent / row.image
    path = Path(real(written.parent), written.name)
    try:
        if written.name == ".." or path.is_symlink():
            path = Path(os.path.realpath(path))
        found = path.is_file()
    except OSError as error:  # a name that is too long, a folder that may not be searched
        return path, ("no such picture", error.strerror or "")
    if not path.is_relative_to(top):
        return path, ("outside the data folder", f"it leads to {path}")
    if not found:
        return path, ("no such picture", "folders are separated by /, not \\" if "\\" in row.image else "")
    return path, None
