from __future__ import annotations

import numpy as np
import pytest

from dlhw.ocr.words import notations
from dlhw.ocr.words.notations import CHARACTERS, NOTATIONS, Drawing, punctuated


@pytest.mark.parametrize("draw", [draw for draw, _ in NOTATIONS], ids=lambda draw: draw.__name__)
def test_notations_use_the_characters_they_say_and_vary(draw: Drawing) -> None:
    rng = np.random.default_rng(1)
    texts = {draw(rng) for _ in range(300)}
    assert len(texts) > 30
    assert all(text and CHARACTERS.issuperset(text) for text in texts)


def test_words_in_punctuation_hold_the_word_or_a_mark() -> None:
    rng = np.random.default_rng(1)
    texts = [punctuated(rng, "house", "Boat", rng.random()) for _ in range(500)]
    assert all(CHARACTERS.issuperset(text) for text in texts)
    assert sum("house" in text for text in texts) > 400
    assert {"house.", "house-Boat", "@house"} <= set(texts)


def test_the_shares_leave_most_to_plain_words() -> None:
    assert 0.18 < sum(share for _, share in NOTATIONS) + notations.PUNCTUATED < 0.22
