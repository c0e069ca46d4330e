"""Decoding with some of the characters alone, against an enumeration of all texts of them."""

from __future__ import annotations

import math
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlhw.errors import UsageError
from dlhw.ocr.alphabet import END, FIRST_CHARACTER, START
from dlhw.ocr.decoding.beam import BeamSearch
from dlhw.ocr.decoding.logits_processors import CharacterConstrained
from dlhw.ocr.decoding.nucleus import NucleusSampling
from dlhw.ocr.decoding.teacher_forcing import TeacherForced
from tests.ocr.recognisers import recognizer, words
from tests.ocr.tables import Memory, TableNetwork, V, table

LONGEST = 3
some = st.sets(st.integers(FIRST_CHARACTER, V - 1), min_size=1)


def log_probability(memory: Memory, text: tuple[int, ...], allowed: set[int]) -> float:
    """Of a text among all texts of the allowed characters: each softmax is over them and the end alone."""
    kept, total, last = [END, *sorted(allowed)], 0.0, START
    for position, token in enumerate([*text, END]):
        logits = memory.logits[0, position, last].double()
        total += float(logits[token] - logits[kept].logsumexp(0))
        last = token
    return total


@given(st.integers(0, 10_000), some)
def test_a_wide_beam_finds_every_text_of_the_allowed_characters_and_no_other(seed: int, allowed: set[int]) -> None:
    memory = table(seed, max_length=LONGEST)
    texts = [text for length in range(LONGEST + 1) for text in product(sorted(allowed), repeat=length)]
    expected = {text: log_probability(memory, text, allowed) for text in texts}
    (found,) = BeamSearch(width=50, max_length=LONGEST).decode(CharacterConstrained(TableNetwork(), allowed), memory)
    assert {one.tokens for one in found} == set(expected)
    for one in found:
        assert one.log_probability == pytest.approx(expected[one.tokens], abs=1e-4)


@given(st.integers(0, 10_000), some, st.sampled_from([1, 2, 3]), st.sampled_from([0.0, 0.7, 1.5]))
def test_no_decoder_writes_anything_else(seed: int, allowed: set[int], width: int, temperature: float) -> None:
    memory, network = table(seed, images=3, max_length=LONGEST), CharacterConstrained(TableNetwork(), allowed)
    for decoder in (
        BeamSearch(width=width, max_length=LONGEST),
        NucleusSampling(top_p=1.0, temperature=temperature, samples=4, max_length=LONGEST, seed=seed),
        NucleusSampling(top_p=0.6, temperature=temperature, samples=2, max_length=LONGEST, seed=seed),
    ):
        for found in decoder.decode(network, memory):
            assert found
            for one in found:
                assert set(one.tokens) <= allowed
                assert math.isfinite(one.log_probability)


@given(st.integers(0, 10_000), some)
def test_a_forced_text_has_the_probability_of_its_letters(seed: int, allowed: set[int]) -> None:
    memory, network = table(seed, max_length=LONGEST), CharacterConstrained(TableNetwork(), allowed)
    text = tuple(sorted(allowed))[:LONGEST]
    ((one,),) = TeacherForced([[text]]).decode(network, memory)
    assert one.log_probability == pytest.approx(log_probability(memory, text, allowed), abs=1e-4)
    assert one.letters is not None
    assert len(one.letters) == len(text)
    with_end = log_probability(memory, text, allowed)
    assert sum(one.letters) >= with_end - 1e-4, "and the end on top"


@pytest.mark.parametrize("allowed", ["ab", "5€", "5 \N{SNOWMAN}", "e"])
def test_a_recogniser_writes_none_but_the_allowed_characters(allowed: str) -> None:
    kept = recognizer().allowing(allowed)
    for decoder in (BeamSearch(width=3), BeamSearch(width=1), NucleusSampling(top_p=1, temperature=2)):
        for found in kept.read(words(), decoder):
            assert all(set(one.text) <= set(allowed) for one in found)
    everything = recognizer().allowing("".join(recognizer().alphabet.characters))
    plain = [[one.text for one in found] for found in recognizer().read(words(), BeamSearch(width=3))]
    assert [[one.text for one in found] for found in everything.read(words(), BeamSearch(width=3))] == plain


@pytest.mark.parametrize("allowed", ["", "xyz", "\N{SNOWMAN}"])
def test_characters_that_were_never_learnt_are_refused(allowed: str) -> None:
    with pytest.raises(UsageError, match="has no character that the recogniser can write") as raised:
        recognizer().allowing(allowed)
    assert "abcde" in raised.value.hint
