from __future__ import annotations

import pickle
import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlhw.errors import DataError, UsageError
from dlhw.ocr.words.offensive import is_offensive
from dlhw.ocr.words.source import MAX_LETTERS, SPLITS, Split, WordSource, split_of


def draw(count: int, split: Split = "train", source: WordSource | None = None, seed: int = 0) -> list[str]:
    source = source or WordSource()
    rng = np.random.default_rng(seed)
    return [source.draw(split, rng) for _ in range(count)]


def test_splits_share_no_word_in_any_case_or_punctuation() -> None:
    seen = {split: {"".join(filter(str.isalnum, text.casefold())) for text in draw(2000, split)} for split in SPLITS}
    for split in SPLITS:
        seen[split].discard("")
    assert not seen["train"] & seen["validation"]
    assert not seen["train"] & seen["test"]
    assert not seen["validation"] & seen["test"]


@pytest.mark.parametrize("split", SPLITS)
def test_a_text_can_tell_its_split(split: Split) -> None:
    assert {split_of(text) for text in draw(500, split)} == {split}


@given(st.text("abcdeßäéxyzσς019", min_size=1, max_size=12))
def test_the_split_is_the_same_in_every_case(text: str) -> None:
    assert split_of(text.upper()) == split_of(text.upper().lower()) == split_of(f"({text.upper()})")


@pytest.mark.parametrize(
    ("one", "other"), [("straße", "STRASSE"), ("άνθρωπος", "ΑΝΘΡΩΠΟΣ"), ("ırk", "IRK"), ("50", "-50%")]
)
def test_what_one_word_can_look_like_has_one_split(one: str, other: str) -> None:
    assert split_of(one) == split_of(other)


def test_a_twentieth_is_for_validation_and_a_twentieth_for_test() -> None:
    shares = Counter(split_of(word) for word in WordSource().vocabulary.words)
    total = shares.total()
    assert shares["validation"] / total == pytest.approx(0.05, abs=0.005)
    assert shares["test"] / total == pytest.approx(0.05, abs=0.005)


def test_words_are_cased_as_people_write() -> None:
    plain = [text for text in draw(6000) if text.isalpha() and len(text) > 1]
    assert np.mean([text.islower() for text in plain]) == pytest.approx(0.45, abs=0.04)
    assert np.mean([text.istitle() for text in plain]) == pytest.approx(0.25, abs=0.04)
    assert np.mean([text.isupper() for text in plain]) == pytest.approx(0.30, abs=0.04)


def test_one_in_six_is_no_plain_word() -> None:
    texts = draw(6000)
    assert np.mean([not text.replace("'", "").isalpha() for text in texts]) == pytest.approx(0.175, abs=0.02)
    assert np.mean([any(map(str.isdigit, text)) for text in texts]) == pytest.approx(0.115, abs=0.02)


KINDS: dict[str, Callable[[str], bool]] = {
    "with a digit": lambda text: any(map(str.isdigit, text)),
    "letters alone": str.isalpha,
    "in capitals": str.isupper,
    "ending in a mark": lambda text: text[-1] in ".,!?:;",
}


def test_kinds_of_text_have_the_same_shares_in_every_split() -> None:
    texts = {split: draw(8000, split) for split in SPLITS}
    for name, belongs in KINDS.items():
        shares = {split: np.mean([belongs(text) for text in texts[split]]) for split in SPLITS}
        assert max(shares.values()) - min(shares.values()) < 0.03, f"{name}: {shares}"


def test_two_words_in_one_text_are_as_frequent_in_every_split() -> None:
    joined = re.compile(r"[^\W\d_][-/.@_][^\W\d_]")
    for split in SPLITS:
        share = np.mean([bool(joined.search(text)) for text in draw(8000, split)])
        assert share == pytest.approx(0.02, abs=0.008), split


@pytest.mark.parametrize("language", ["en", "de", "el", "tr"])
def test_all_that_is_drawn_is_known_short_and_composed(language: str) -> None:
    source = WordSource.checked(language)
    known = set(source.characters)
    for text in draw(3000, source=source):
        assert 1 <= len(text) <= MAX_LETTERS
        assert known.issuperset(text)
        assert unicodedata.is_normalized("NFC", text)


def test_frequent_words_come_more_often_and_rare_ones_do_come() -> None:
    source = WordSource()
    rank = {word: place for place, word in enumerate(source.vocabulary.words)}
    places = [rank[text.lower()] for text in draw(4000) if text.lower() in rank]
    assert np.mean(np.array(places) < 1000) > 0.15
    assert np.mean(np.array(places) > 10_000) > 0.15


def test_nothing_offensive_is_drawn() -> None:
    assert not any(map(is_offensive, WordSource().vocabulary.words))
    assert not any(map(is_offensive, draw(3000)))


def test_greek_is_written_as_greek_is() -> None:
    source = WordSource.checked("el")
    assert not any(word.endswith("σ") for word in source.vocabulary.words)
    capitals = [text for text in draw(1500, source=source) if text.isupper() and text.isalpha() and len(text) > 1]
    assert not any("Ά" in text or "Έ" in text for text in capitals)


def test_a_list_is_drawn_as_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    words = [f"Wort{number}x" for number in range(100)]
    path.write_text("\n".join(words))
    source = WordSource.checked(word_list=path)
    texts = {split: set(draw(2000, split, source)) for split in SPLITS}
    assert set().union(*texts.values()) == set(words)
    assert not texts["train"] & texts["validation"]
    assert source.characters == "0123456789Wortx"


def test_a_list_without_words_for_a_split_says_so(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text("house\n")
    source = WordSource.checked(word_list=path)
    empty = next(split for split in SPLITS if split != split_of("house"))
    with pytest.raises(DataError, match=f"none of the 1 words of .* falls into the {empty} split"):
        draw(1, empty, source)


def test_a_source_is_small_to_send() -> None:
    source = WordSource.checked()
    assert len(pickle.dumps(source)) < 300
    assert pickle.loads(pickle.dumps(source)) == source


def test_two_sources_at_once_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="two sources"):
        WordSource.checked("de", tmp_path / "words.txt")


def test_the_hash_follows_the_words(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("a.txt", "b.txt", "c.txt")]
    for path, content in zip(paths, ("one\ntwo\n", "one\ntwo\n", "one\ntwo\t2\n"), strict=True):
        path.write_text(content)
    first, second, third = (WordSource.checked(word_list=path).words_hash for path in paths)
    assert first == second != third
