"""What every row must keep to, whatever file it stands in: an image within the data folder, and a label.

A label is a text in one form, without what cannot be seen, or a mark that stands for no word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from dlhw.ocr.labels.matching import ImageFinder
from dlhw.ocr.labels.rows import Fault, LabelledWord, Labels, Reason, Rejected, Remark, Row

MAX_LETTERS = 64
"""Code points in a label. The longest English word in use has 28, and web addresses are not words."""

NO_WORDS = {"###": "do not care", "NaN": "an empty cell", "UNREADABLE": "nobody could read it"}
"""What data sets write where there is no word: ICDAR and PaddleOCR, pandas, Kaggle's sets of handwriting."""

BRACKETED = re.compile(
    r"[\[<({](?:illegible|unreadable|unclear|unknown|n/?a|null|none|empty|\?+)[\])>}]", re.IGNORECASE
)
"""The same as transcribers and programs write it: ``[illegible]``, ``<NA>``. Without brackets these are words."""

JOINERS = "\u200c\u200d"
"""Invisible, and yet letters of Persian, Hindi and others: they say whether their neighbours are joined."""

VISIBLE = "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
"""Format characters that are signs around the digits after them."""

INVISIBLE = "\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0"
"""Fillers and joiners of other categories than format characters."""


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


def clean_label(text: str) -> tuple[str, str]:
    """A label in Unicode's composed form, without invisible characters and outer white space.

    Returns:
        The text, and the invisible characters that were taken out, by their numbers.
    """
    hidden = sorted({letter for letter in text if _is_hidden(letter)})
    if hidden:
        text = "".join(letter for letter in text if not _is_hidden(letter))
    return unicodedata.normalize("NFC", text).strip(), " ".join(f"U+{ord(letter):04X}" for letter in hidden)


def find_label_fault(text: str) -> tuple[Fault, str] | None:
    """What is wrong with a clean label."""
    if not text:
        return "label empty", ""
    control = next((letter for letter in text if unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp")), None)
    if control is not None:
        name = "a line break" if control in "\r\n\u2028\u2029" else f"U+{ord(control):04X}"
        return "control character in the label", name
    if len(text) > MAX_LETTERS:
        return "label too long", f"{len(text):,} letters, {MAX_LETTERS} at most"
    return None


def means_no_word(text: str) -> str:
    """What a label stands for that is no word; empty for a word."""
    if len(text) >= 3 and not text.strip("#"):
        return NO_WORDS["###"]
    return NO_WORDS["UNREADABLE"] if BRACKETED.fullmatch(text) else NO_WORDS.get(text, "")


def _is_hidden(letter: str) -> bool:
    if letter in INVISIBLE:
        return True
    return unicodedata.category(letter) == "Cf" and letter not in JOINERS and letter not in VISIBLE
