from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import platformdirs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlhw.errors import UsageError
from dlhw.ocr.prior import frequencies
from dlhw.ocr.prior.frequencies import WordFrequencies, letters, word_frequencies
from dlhw.ocr.prior.words import FREQUENCY_WEIGHT, UNKNOWN_AT_MOST, WordPrior

LISTED = {"the": 0.05, "hotel": 1e-4, "café": 1e-5, "don't": 1e-3, "mp3": 1e-4, "Hotel": 1e-4, "9": 0.1, "x-ray": 1e-6}
KNOWN = WordFrequencies.of(LISTED)
PRIOR = WordPrior(frequencies=KNOWN)


def test_words_are_found_whatever_their_case_and_marks() -> None:
    assert KNOWN.log_frequency("HOTEL") == pytest.approx(math.log(2e-4), rel=1e-6), "both spellings are one word"
    assert KNOWN.log_frequency("“Café!”") == pytest.approx(math.log(1e-5), rel=1e-6)
    assert KNOWN.log_frequency("dont") == KNOWN.log_frequency("don't") is not None
    for unknown in ("cafe", "hotels", "", "mp3", "9"):
        assert KNOWN.log_frequency(unknown) is None


@given(st.text(max_size=12))
def test_a_weight_is_bounded(text: str) -> None:
    assert -UNKNOWN_AT_MOST <= PRIOR.log_weight(text) <= FREQUENCY_WEIGHT * math.log(1e8)


@given(st.text("0123456789-/.€ ", max_size=10), st.text("XYZ", max_size=2))
def test_numbers_codes_and_marks_have_no_weight(digits: str, capitals: str) -> None:
    assert PRIOR.log_weight(f"{capitals}4{digits}") == 0
    assert PRIOR.log_weight("€!") == PRIOR.log_weight("") == 0


def test_known_before_unknown_and_frequent_before_rare() -> None:
    assert PRIOR.log_weight("the") > PRIOR.log_weight("Hotel") > PRIOR.log_weight("café") > 0
    assert 0 > PRIOR.log_weight("xq") > PRIOR.log_weight("htl") > PRIOR.log_weight("hotelxyzz")
    assert PRIOR.log_weight("hotelxyzz") == PRIOR.log_weight("hotelxyzhotelxyz") == -UNKNOWN_AT_MOST


def test_of_several_words_the_least_likely_counts() -> None:
    assert PRIOR.log_weight("the-hotel") == PRIOR.log_weight("hotel")
    assert PRIOR.log_weight("the-hotfl.") == PRIOR.log_weight("hotfl")
    assert PRIOR.log_weight("hotel-9") == 0, "as of a code"
    assert PRIOR.log_weight("X-RAY") > 0, "a hyphenated word that is listed is one word"


@given(st.text())
def test_letters_are_the_same_in_every_case(text: str) -> None:
    assert letters(letters(text)) == letters(text)


def test_the_words_of_a_language_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wordfreq.get_frequency_dict", lambda language, wordlist: LISTED)
    word_frequencies.cache_clear()
    made = word_frequencies("de")
    (kept,) = Path(platformdirs.user_cache_dir("dlhw")).glob("words-de-*.npy")
    monkeypatch.setattr("wordfreq.get_frequency_dict", None)
    word_frequencies.cache_clear()
    assert (word_frequencies("de").table == made.table).all()
    assert word_frequencies("de").log_frequency("hotel") == KNOWN.log_frequency("hotel")
    monkeypatch.setattr("wordfreq.get_frequency_dict", lambda language, wordlist: LISTED)
    for damage in (b"", b"damaged", np.zeros(3).tobytes()):
        kept.write_bytes(damage)
        word_frequencies.cache_clear()
        assert (word_frequencies("de").table == made.table).all()
    word_frequencies.cache_clear()


@pytest.mark.parametrize("language", ["xx", "../etc", "", "klingon"])
def test_a_language_without_words_is_refused(language: str) -> None:
    with pytest.raises(UsageError, match="`prior` has no words of") as raised:
        frequencies.word_frequencies(language)
    assert "de" in raised.value.hint
