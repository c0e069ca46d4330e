"""What makes two texts the same word: their letters and digits, in whatever case and with whatever accents."""

from __future__ import annotations

import unicodedata


def letters_of(text: str) -> str:
    """The letters and digits of a text, casefolded and without accents; the whole text where it has none.

    Whatever one word can look like comes to the same: *Word*, *WORD.*, *“word”*. It decides which split a word is in,
    so that no word is both learnt and measured on.
    """
    # Decomposed, so that accents fall away, which Greek capitals lose; and the Turkish dotless i has the capital
    # of the dotted one elsewhere.
    folded = unicodedata.normalize("NFKD", text.casefold()).replace("ı", "i")
    return "".join(letter for letter in folded if letter.isalnum()) or folded
