from __future__ import annotations

import numpy as np
import pytest

from dlhw.ocr.rendering.typography import CHANCE, PRINTED, typeset


def printed(text: str, known: str = "".join(PRINTED), draws: int = 400) -> set[str]:
    rng = np.random.default_rng(0)
    return {typeset(text, known, rng) for _ in range(draws)}


def test_quotation_marks_curl_and_stay_straight() -> None:
    assert {'"so"', "“so”", "„so“", '"so”'} <= printed('"so"')
    assert printed("don't") == {"don't", "don’t"}
    assert printed("one-two") == {"one-two", "one–two"}


def test_a_mark_that_a_face_lacks_stays_as_it_is() -> None:
    assert printed('"so"', known="so") == {'"so"'}


@pytest.mark.parametrize("text", ["word", "3.5", ""])
def test_a_text_without_such_marks_draws_no_chance(text: str) -> None:
    rng = np.random.default_rng(0)
    before = rng.bit_generator.state
    assert typeset(text, "".join(PRINTED), rng) == text
    assert rng.bit_generator.state == before


def test_every_mark_has_one_letter_for_one() -> None:
    assert all(len(text) == 3 for mark in CHANCE for text in printed(f"a{mark}b"))
