"""What a label says: its text in one form, without what cannot be seen, and the marks that stand for no word."""

from __future__ import annotations

import unicodedata

from dlhw.ocr.labels.rows import Fault

MAX_LETTERS = 64
"""Code points in a label. The longest English word in use has 28, and web addresses are not words."""

NO_WORDS = {"###": "do not care", "NaN": "an empty cell", "UNREADABLE": "nobody could read it"}
"""What data sets write where there is no word: ICDAR and PaddleOCR, pandas, Kaggle's sets of handwriting."""

JOINERS = "\u200c\u200d"
"""Invisible, and yet letters of Persian, Hindi and others: they say whether their neighbours are joined."""

VISIBLE = "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
"""Format characters that are signs around the digits after them."""

INVISIBLE = "\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0"
"""Fillers and joiners of other categories than format characters."""


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
    return NO_WORDS["###"] if len(text) >= 3 and not text.strip("#") else NO_WORDS.get(text, "")


def _is_hidden(letter: str) -> bool:
    if letter in INVISIBLE:
        return True
    return unicodedata.category(letter) == "Cf" and letter not in JOINERS and letter not in VISIBLE
