from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlhw.errors import DlhwError
from dlhw.ocr.decoding.lexicon_search import LexiconSearch, Trie
from dlhw.ocr.decoding.teacher_forcing import TeacherForced
from tests.ocr.recognisers import LETTERS, TEXTS, recognizer, words

LIST = ("ab", "cab", "a", "dole", "lob", "bead", "Hello")


def tree(*texts: str, skipped: str = "") -> Trie:
    return Trie(map(LETTERS.encode, texts), LETTERS.size, skipped=LETTERS.encode(skipped))


def test_every_text_of_the_list_is_found_with_its_probability_among_all_texts() -> None:
    reader = recognizer()
    found = reader.read(words(), LexiconSearch(tree(*LIST), 50))
    encoded = [[LETTERS.encode(text) for text in LIST]] * len(TEXTS)
    for searched, along in zip(found, reader.read(words(), TeacherForced(encoded)), strict=True):
        expected = {one.text: one.log_probability for one in along}
        assert {one.text: one.log_probability for one in searched} == pytest.approx(expected, abs=1e-3)
        values = [one.log_probability for one in searched]
        assert values == sorted(values, reverse=True)


def test_a_narrow_search_finds_texts_of_the_list_alone() -> None:
    for found in recognizer().read(words(), LexiconSearch(tree(*LIST), 2), attention=True):
        assert 1 <= len(found) <= 2
        for one in found:
            assert one.text in LIST
            assert one.attention is not None
            assert len(one.attention) == len(one.text)


def test_a_list_of_one_leaves_no_choice() -> None:
    for width in (1, 4):
        found = recognizer().read(words(), LexiconSearch(tree("Hello"), width))
        assert [[one.text for one in candidates] for candidates in found] == [["Hello"]] * len(TEXTS)


@given(st.lists(st.text("abc", max_size=4), min_size=1, max_size=6), st.text("abc €", max_size=8))
def test_what_is_skipped_leads_nowhere_else(texts: list[str], marked: str) -> None:
    made = tree(*texts, skipped=" €")
    plain = "".join(letter for letter in marked if letter not in " €")
    if plain in texts:
        assert made.followed(LETTERS.encode(marked)) == tuple(LETTERS.encode(plain))


def test_marks_that_the_list_has_not_may_stand_anywhere() -> None:
    reader = recognizer()
    index = TEXTS.index("5 €")
    assert reader.read(words(), LexiconSearch(tree("5", "ab"), 8))[index][0].text in ("5", "ab")
    made = tree("5", "ab", skipped=" €")
    best = reader.read(words(), LexiconSearch(made, 8))[index][0]
    assert best.text == "5 €"
    assert LETTERS.decode(made.followed(LETTERS.encode(best.text))) == "5"


def test_what_may_be_skipped_crowds_out_no_text() -> None:
    """Whatever is likelier than the only text of the list: it is found, with its own probability."""
    reader = recognizer()
    skipped = "".join(letter for letter in LETTERS.characters if letter not in "Hello")
    found = reader.read(words(), LexiconSearch(tree("Hello", skipped=skipped), 1), attention=True)
    alone = reader.read(words(), LexiconSearch(tree("Hello"), 1))
    assert all(candidates for candidates in found)
    made = tree("Hello", skipped=skipped)
    assert {LETTERS.decode(made.followed(LETTERS.encode(one.text))) for (one,) in found} == {"Hello"}
    assert any(
        one.log_probability == pytest.approx(other.log_probability, abs=1e-3)
        for (one,), (other,) in zip(found, alone, strict=True)
    )


def test_a_network_without_numbers_is_told() -> None:
    broken = copy.deepcopy(recognizer())  # it is shared with all tests
    for parameter in broken.network.parameters():
        parameter.requires_grad_(False).fill_(float("nan"))
    for skipped in ("", " €"):
        with pytest.raises(DlhwError, match="the network's output is not a number"):
            broken.read(words(), LexiconSearch(tree("Hello", skipped=skipped), 4))
