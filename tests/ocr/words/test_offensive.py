from __future__ import annotations

import pytest

from dlhw.ocr.words import offensive
from dlhw.ocr.words.offensive import digest, hides_offence, is_offensive, offensive_digests


def test_the_list_holds_digests_alone() -> None:
    assert len(offensive_digests()) > 1000
    for entry in offensive_digests():
        assert len(bytes.fromhex(entry)) == offensive.DIGEST_SIZE


def test_a_listed_word_is_found_in_every_case_and_inside_a_string(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offensive, "offensive_digests", lambda: frozenset({digest("turnip")}))
    assert is_offensive("TurniP")
    assert not is_offensive("turnips")
    assert hides_offence("XXTURNIPX9")
    assert not hides_offence("TURNI9P")


@pytest.mark.parametrize(
    "word", ["house", "classic", "Scunthorpe", "Fukushima", "cockpit", "essex", "the", "assess", "therapist"]
)
def test_ordinary_words_are_left_alone(word: str) -> None:
    assert not is_offensive(word)
