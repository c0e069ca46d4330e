"""What every row must keep to, whatever file it stands in: a usable label, and an image within the data folder."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from dlhw.ocr.labels.cleaning import clean_label, find_label_fault, means_no_word
from dlhw.ocr.labels.matching import ImageFinder
from dlhw.ocr.labels.rows import Fault, LabelledWord, Labels, Reason, Rejected, Remark, Row


def check_rows(rows: Iterable[Row], labels: Labels, finder: ImageFinder) -> None:
    """Sort rows into words and rejected or skipped ones; images are not opened.

    An image that has the same label twice counts once. One with two different labels is left out: nobody can say
    which is right.

    Args:
        labels: what to add to.
        finder: of the images, in the data folder.
    """
    by_image: dict[Path, list[LabelledWord]] = {}
    for row in rows:
        text, hidden = clean_label(row.text)
        label_fault = find_label_fault(text)
        path, path_fault = finder.find(row)
        if label_fault or path_fault:
            kind, detail = label_fault or path_fault or ("row not understood", "")
            scored = kind in ("label too long", "outside the data folder", "no such image")
            labels.rejected.append(note(row, kind, detail, text=text if scored else None))
        elif meaning := means_no_word(text):
            labels.skipped.append(note(row, "marked as no word", f"{text}, {meaning}"))
        else:
            by_image.setdefault(path, []).append(LabelledWord(path=path, text=text, row=row))
            if hidden:
                labels.remarks.append(note(row, "invisible characters taken out", hidden))
    for words in by_image.values():
        _add_image(words, labels)


def note(row: Row, kind: Fault | Reason | Remark, detail: str, *, text: str | None = None) -> Rejected:
    """A row with what there is to say about it."""
    return Rejected(image=row.image, file=row.file, line=row.line, kind=kind, detail=detail, text=text)


def _add_image(words: list[LabelledWord], labels: Labels) -> None:
    first, *others = words
    others_text = next((word for word in others if word.text != first.text), None)
    if others_text is None:
        labels.words.append(first)
        labels.skipped += [note(word.row, "row repeated", f"as {place(first.row, word.row)}") for word in others]
        return
    for word in words:
        other = next(each for each in words if each.text != word.text)
        detail = f"“{word.text}” here, “{other.text}” in {place(other.row, word.row)}"
        labels.rejected.append(note(word.row, "contradictory labels", detail))


def place(row: Row, seen_from: Row) -> str:
    """Where a row stands, for somebody who looks at another."""
    return f"line {row.line}" if row.file == seen_from.file else f"{row.file}, line {row.line}"
