from __future__ import annotations

import numpy as np
import pytest

from dlhw.ocr.decoding.beam import BeamSearch
from dlhw.ocr.decoding.teacher_forcing import TeacherForced
from tests.ocr.recognisers import recognizer, words


@pytest.mark.parametrize("attention", [False, True])
def test_texts_read_along_are_as_probable_as_where_they_were_found(attention: bool) -> None:
    reader = recognizer(attention=attention)
    found = reader.read(words(), BeamSearch(width=3), attention=True)
    encoded = [[reader.alphabet.encode(one.text) for one in candidates] for candidates in found]
    along = reader.read(words(), TeacherForced(encoded), attention=True)
    assert [[one.text for one in candidates] for candidates in along] == [
        [one.text for one in candidates] for candidates in found
    ]
    for searched, forced in zip(found, along, strict=True):
        for one, other in zip(searched, forced, strict=True):
            assert other.log_probability == pytest.approx(one.log_probability, abs=1e-4)
            assert one.attention is not None
            assert other.attention is not None
            np.testing.assert_allclose(other.attention, one.attention, atol=1e-4)


def test_any_text_has_a_probability_and_an_image_may_have_none() -> None:
    reader = recognizer()
    texts = ["", "b", "Hello", "aaaaaaaaaaaaaaaa"]
    encoded = [[reader.alphabet.encode(text) for text in texts], []] * 4
    found = reader.read(words(), TeacherForced(encoded))
    assert [[one.text for one in candidates] for candidates in found] == [texts, []] * 4
    assert all(np.isfinite(one.log_probability) and one.log_probability < 0 for found_ in found for one in found_)
    assert all(one.attention is None for candidates in found for one in candidates)
    assert reader.read(words(), TeacherForced([[]] * 8)) == [[]] * 8
