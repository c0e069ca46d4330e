from __future__ import annotations

from pathlib import Path

import pytest

from dlhw.errors import DataError, UsageError
from dlhw.ocr.words.vocabulary import MAX_LETTERS, language_vocabulary, read_word_list


def test_english_words_come_in_the_order_of_their_frequency() -> None:
    vocabulary = language_vocabulary("en")
    assert len(vocabulary.words) == len(set(vocabulary.words)) > 39_000
    assert vocabulary.words[0] == "the"
    assert list(vocabulary.weights) == sorted(vocabulary.weights, reverse=True)
    assert {"house", "don't"} <= set(vocabulary.words)


@pytest.mark.parametrize(
    ("language", "message"),
    [
        ("xx", "`language` has no words of xx"),
        ("zh", "without spaces"),
        ("ar", "right to left"),
        ("", "no words"),
    ],
)
def test_languages_that_cannot_be_drawn_are_refused(language: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        language_vocabulary(language)


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "BOM"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
def test_a_list_is_read_with_weights_and_repetitions(mark: bytes, end: bytes, tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_bytes(mark + end.join([b"caf\xc3\xa9", b"", b"U.S.\t2.5", b"cafe\xcc\x81\t3", b" x "]))
    vocabulary = read_word_list(path)
    assert dict(zip(vocabulary.words, vocabulary.weights, strict=True)) == {"café": 4.0, "U.S.": 2.5, "x": 1.0}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "holds no word"),
        (b"\n \n", "holds no word"),
        (b"one\ncaf\xe9\n", "line 2: expected UTF-8, got the byte 0xe9"),
        (b"one\n" + b"x" * (MAX_LETTERS + 1), "line 2: expected at most 24 letters, got 25"),
        (b"two words\n", "line 1: expected one word a line"),
        (b"one\tmany\n", "line 1: expected a weight above 0 after the tab, got “many”"),
        (b"one\t0\n", "weight above 0"),
        (b"one\tnan\n", "weight above 0"),
        (b"\t3\n", "line 1: expected a word before the tab"),
        (b"a\x00b\n", "line 1: .* cannot be drawn"),
        ("שלום\n".encode(), "line 1: HEBREW LETTER SHIN cannot be drawn"),
        ("हिन्दी\n".encode(), "line 1: DEVANAGARI VOWEL SIGN I cannot be drawn"),
    ],
)
def test_what_is_wrong_in_a_list_is_named(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        read_word_list(path)


@pytest.mark.parametrize("name", ["nowhere.txt", "."])
def test_a_list_that_is_none_is_said(name: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        read_word_list(tmp_path / name)
