from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlhw.errors import DataError
from dlhw.ocr.data import Unreadable, Words, split_words

WIDTHS = (8, 256, 40, 41)


def drawn(texts: list[str], seed: int = 0) -> Words:
    """Words with images of noise."""
    generator = np.random.default_rng(seed)
    images = [generator.integers(0, 256, (32, WIDTHS[i % 4]), dtype=np.uint8) for i in range(len(texts))]
    return Words.pack(images, texts, [f"{index}.png" for index in range(len(texts))])


def test_packed_images_come_back_as_they_were() -> None:
    generator = np.random.default_rng(0)
    images = [generator.integers(0, 256, (32, width), dtype=np.uint8) for width in WIDTHS]
    words = Words.pack(images, list("abcd"), list("1234"))
    assert len(words) == 4
    assert words.pixels.shape == (32 * sum(WIDTHS),)
    assert words.offsets.tolist() == [0, 256, 8448, 9728, 11040]
    for index, image in enumerate(images):
        assert (words.image(index) == image).all()
        assert np.shares_memory(words.image(index), words.pixels)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        Words.pack([np.zeros((32, 8), dtype=np.uint8)], ["a", "b"], ["a.png"])
    with pytest.raises(ValueError, match="32 high"):
        Words.pack([np.zeros((31, 8), dtype=np.uint8)], ["a"], ["a.png"])


def test_no_words_are_words_too() -> None:
    none = Words.pack([], [], [])
    assert (len(none), none.pixels.size, none.offsets.tolist()) == (0, 0, [0])
    assert none.fingerprint() == drawn(["a"]).select([]).fingerprint()


def test_some_of_the_words_are_selected_in_order() -> None:
    words = drawn(list("abcd"))
    some = words.select([2, 0])
    assert (some.texts, some.names, some.widths.tolist()) == (("c", "a"), ("2.png", "0.png"), [40, 8])
    assert (some.image(0) == words.image(2)).all()


def test_the_fingerprint_is_of_images_and_texts() -> None:
    prints = {
        drawn(["ab", "c"]).fingerprint(),
        drawn(["a", "bc"]).fingerprint(),
        drawn(["c", "ab"]).fingerprint(),
        drawn(["ab", "c"], seed=1).fingerprint(),
        drawn(["ab", "c", "d"]).fingerprint(),
    }
    assert len(prints) == 5
    assert drawn(["ab", "c"]).fingerprint() in prints


MANY = [f"word{index}" for index in range(600)]


def test_words_that_cannot_be_read_are_in_the_fingerprint_and_names_are_not() -> None:
    """They count as missed: with them and without, error rates differ."""
    made, gone = drawn(["ab", "c"]), Unreadable(name="gone.png", text="gone", reason="no such image")
    with_it = made.select([0, 1], unreadable=[gone])
    assert with_it.fingerprint() != made.fingerprint() == with_it.readable.fingerprint()
    assert with_it.fingerprint() != made.select([0, 1], unreadable=[replace(gone, text="else")]).fingerprint()
    assert with_it.fingerprint() == made.select([0, 1], unreadable=[replace(gone, name="x", reason="y")]).fingerprint()
    assert replace(made, names=("x", "y")).fingerprint() == made.fingerprint()


def test_an_image_has_one_hash_whatever_it_is_called() -> None:
    made = drawn(["ab", "c", "d"])
    other = Words.pack([made.image(2), made.image(0)], ["x", "y"], ["1", "2"])
    assert other.image_hashes() == [made.image_hashes()[2], made.image_hashes()[0]]
    assert len(set(made.image_hashes())) == 3


def test_a_tenth_goes_to_validation_and_a_tenth_to_the_test() -> None:
    splits = split_words(drawn(MANY))
    sizes = [len(splits.train), len(splits.validation), len(splits.test)]
    assert sum(sizes) == 600
    # Within four standard deviations of a binomial count, √(600 · 0.1 · 0.9) = 7.3.
    assert all(abs(size - 60) < 30 for size in sizes[1:])


@given(texts=st.lists(st.text("aAbBßſ", min_size=1, max_size=3), min_size=200, max_size=300))
def test_no_word_is_in_two_splits_whatever_its_case(texts: list[str]) -> None:
    splits = split_words(drawn(texts + MANY[:100]))
    parts = [{text.casefold() for text in words.texts} for words in (splits.train, splits.validation, splits.test)]
    assert sum(map(len, parts)) == len(set().union(*parts))


@given(st.sampled_from(MANY), st.text(".,!?…-–—'’“”()/ ", max_size=3), st.text(".,!?…'’”) ", max_size=3))
def test_a_word_is_in_one_split_whatever_its_punctuation(word: str, before: str, behind: str) -> None:
    def home(texts: list[str]) -> list[str]:
        splits = split_words(drawn([*MANY, *texts]))
        parts = (("train", splits.train), ("validation", splits.validation), ("test", splits.test))
        return [name for text in texts for name, part in parts if text in part.texts]

    forms = [word, before + word + behind, word.upper() + behind, word.replace("o", "ó")]
    assert len(set(home(forms))) == 1


def test_too_few_different_words_to_split_by_are_said_with_the_way_out() -> None:
    digits = [str(index % 10) for index in range(200)]
    with pytest.raises(DataError, match="split by their words, of which 10 are different") as caught:
        split_words(drawn(digits))
    assert "folders named train, val and test" in caught.value.hint
    assert "100 different words or more" in caught.value.hint
    few = drawn(["0", "1"])
    assert len(split_words(drawn(digits), validation=few, test=few).train) == 200, "the way out"


def test_texts_without_a_letter_are_split_too() -> None:
    marks = [f"{first}{last}" for first in "!?.,;:-+=#" for last in "!?.,;:-+=#"]
    splits = split_words(drawn([*MANY, *marks]))
    assert all(set(marks) & set(part.texts) for part in (splits.train, splits.validation, splits.test))


def test_a_word_stays_in_its_split_when_others_are_added_and_another_seed_splits_otherwise() -> None:
    few, many = split_words(drawn(MANY[:300])), split_words(drawn(MANY))
    assert set(few.test.texts) == set(many.test.texts) & set(MANY[:300])
    assert set(split_words(drawn(MANY), seed=1).test.texts) != set(many.test.texts)


def test_given_splits_stay_as_they_are_and_nothing_is_split_off_for_them() -> None:
    own = drawn(["own"])
    splits = split_words(drawn(MANY), validation=own)
    assert splits.validation is own
    assert len(splits.train) + len(splits.test) == 600
    assert splits.test.texts == split_words(drawn(MANY)).test.texts
    assert split_words(drawn(["one"]), validation=own, test=own).train.texts == ("one",)


def test_unreadable_words_are_split_as_the_others_are() -> None:
    words = drawn(MANY)
    unreadable = [Unreadable(name=text, text=text, reason="gone") for text in MANY]
    splits = split_words(words.select(range(len(words)), unreadable=unreadable))
    for split in (splits.train, splits.validation, splits.test):
        assert tuple(word.text for word in split.unreadable) == split.texts


def test_an_empty_split_is_refused_with_a_way_out() -> None:
    with pytest.raises(DataError, match="split is empty: 2 usable images") as caught:
        split_words(drawn(["a", "b"]))
    assert "folders named train, val and test" in caught.value.hint
