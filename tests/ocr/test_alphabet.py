from __future__ import annotations

import json
import subprocess
import sys
import unicodedata
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlhw.errors import CheckpointError, DataError
from dlhw.ocr.alphabet import END, FIRST_CHARACTER, PAD, START, Alphabet

texts = st.lists(st.text(st.characters(codec="utf-8"), max_size=8), max_size=6)


@given(texts)
def test_texts_survive_their_own_alphabet(words: list[str]) -> None:
    alphabet = Alphabet.from_texts(words)
    for word in words:
        numbers = alphabet.encode(word)
        assert all(FIRST_CHARACTER <= number < alphabet.size for number in numbers)
        assert alphabet.decode([*numbers, END, PAD, PAD]) == unicodedata.normalize("NFC", word)


@given(texts)
def test_an_alphabet_survives_a_checkpoints_header(words: list[str]) -> None:
    alphabet = Alphabet.from_texts(words)
    assert Alphabet.from_header(json.loads(json.dumps(alphabet.as_header()))) == alphabet


@given(texts, texts)
def test_old_characters_keep_their_numbers(words: list[str], more: list[str]) -> None:
    alphabet = Alphabet.from_texts(words)
    extended = alphabet.extended(more)
    assert extended.characters[: len(alphabet.characters)] == alphabet.characters
    assert not extended.unknown([*words, *more])
    assert set(extended.characters) == set(Alphabet.from_texts([*words, *more]).characters)


def test_numbers_are_those_of_the_sorted_characters() -> None:
    alphabet = Alphabet.from_texts(["ba", "Ab"])
    assert alphabet.characters == ("A", "a", "b")
    assert alphabet == Alphabet("Aab")
    assert alphabet.encode("baA") == [5, 4, 3]
    assert alphabet.size == 6
    assert len({PAD, START, END, *range(FIRST_CHARACTER, alphabet.size)}) == alphabet.size


def test_an_accent_has_one_number_however_it_was_typed() -> None:
    alphabet = Alphabet.from_texts(["cafe\u0301"])
    assert alphabet.characters == ("a", "c", "f", "é")
    assert alphabet.encode("cafe\u0301") == alphabet.encode("caf\u00e9")
    # Å as the unit and क़ in one point are not in normal form C; the second comes apart.
    assert Alphabet.from_texts(["\u212b\u0958"]).characters == ("\u00c5", "\u0915", "\u093c")


def test_text_that_looks_like_a_special_token_is_text() -> None:
    alphabet = Alphabet.from_texts(["[s]", "</s>", "<pad>"])
    assert alphabet.decode(alphabet.encode("[s]</s>")) == "[s]</s>"


def test_a_text_without_end_keeps_its_last_character() -> None:
    assert Alphabet("abc").decode([3, 4, 5]) == "abc"
    assert Alphabet("abc").decode([END, 3]) == ""


def test_unknown_characters_are_named_and_counted() -> None:
    alphabet = Alphabet("abc")
    assert alphabet.unknown(["cab", "zéz"]) == Counter({"z": 2, "é": 1})
    with pytest.raises(DataError, match=r"'zaé'.*'z' \(U\+007A\), 'é' \(U\+00E9\)"):
        alphabet.encode("zaé")
    with pytest.raises(DataError, match="and 2 more"):
        alphabet.encode("0123456789")


@pytest.mark.parametrize("number", [PAD, START, -1, 6])
def test_a_number_without_a_character_is_an_error(number: int) -> None:
    with pytest.raises(DataError, match=f"^{number} stands for no character"):
        Alphabet("abc").decode([3, number, END])


@pytest.mark.parametrize("characters", ["aba", ("ab",), ("",), "\u212b"])
def test_what_is_no_alphabet_is_refused(characters: str | tuple[str, ...]) -> None:
    with pytest.raises(DataError):
        Alphabet(characters)


@pytest.mark.parametrize("value", [None, ["a", "b"], 3, "aa"])
def test_a_damaged_header_is_an_error_of_the_checkpoint(value: object) -> None:
    with pytest.raises(CheckpointError):
        Alphabet.from_header(value)


def test_alphabet_and_scores_need_no_torch() -> None:
    program = "import sys, dlhw.ocr.alphabet, dlhw.ocr.scoring.scores; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
