from __future__ import annotations

import numpy as np

from dlhw.ocr.data import Words
from dlhw.ocr.experiment import warn_of_unknown_characters


def words(*texts: str) -> Words:
    return Words.pack([np.zeros((32, 8), dtype=np.uint8)] * len(texts), texts, texts)


def test_letters_that_no_training_word_has_are_named_split_by_split() -> None:
    known = tuple("abcdé")
    assert warn_of_unknown_characters(
        known, {"validation": words("abc", "élan"), "test": words("zab", "dé", "Ω", "ab")}
    ) == (
        "1 of 2 validation words has characters that no training word has, and cannot be read right: l n",
        "2 of 4 test words have characters that no training word has, and cannot be read right: z Ω",
    )
    assert warn_of_unknown_characters(known, {"validation": words("abc"), "test": words()}) == ()


def test_many_letters_are_counted() -> None:
    (sentence,) = warn_of_unknown_characters((), {"test": words("".join(map(chr, range(0x4E00, 0x4E00 + 50))))})
    assert sentence.endswith("… and 30 more")
