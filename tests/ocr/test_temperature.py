from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from dlhw.learning.device import Compute
from dlhw.ocr.alphabet import END, FIRST_CHARACTER, Alphabet
from dlhw.ocr.decoding.beam import BeamSearch
from dlhw.ocr.decoding.interface import log_probabilities
from dlhw.ocr.epochs import OwnWords
from dlhw.ocr.evaluation import evaluate
from dlhw.ocr.recognizer import Recognizer, texts
from dlhw.ocr.scoring.calibration import calibrate
from dlhw.ocr.settings import Settings
from dlhw.ocr.temperature import COLDEST, HOTTEST, calibrated_temperature, fit_temperature, read_greedily
from dlhw.ocr.training import WordTask
from tests.ocr.recognisers import recognizer, words

LETTERS = 6


class Seen(NamedTuple):
    mask: Tensor


class Written(NamedTuple):
    letters: Tensor
    """How many there are, (B, K, 1)."""


class Counting(torch.nn.Module):
    """Writes a's, and would rather end at ``length`` than go on."""

    def __init__(self, length: int) -> None:
        super().__init__()
        self.length, self.weight = length, torch.nn.Parameter(torch.zeros(1))

    def encode(self, images: Tensor, widths: Tensor) -> Seen:
        return Seen(torch.ones(len(images), 4, dtype=torch.bool))

    def begin(self, memory: Seen) -> Written:
        return Written(torch.zeros(len(memory.mask), 1, 1, dtype=torch.int64))

    def step(self, tokens: Tensor, state: Written, memory: Seen) -> tuple[Tensor, Written, Tensor]:
        logits = torch.zeros(*tokens.shape, FIRST_CHARACTER + 2)
        logits[..., FIRST_CHARACTER] = 4.0
        logits[..., END] = torch.where(state.letters[:, :, 0] < self.length, 1.0, 8.0)
        return logits, Written(state.letters + 1), torch.zeros(*tokens.shape, 4)


def counting(length: int) -> Recognizer:
    return Recognizer(network=Counting(length), alphabet=Alphabet("ab"))  # type: ignore[arg-type]


def honest_words(count: int, steps: int, seed: int) -> tuple[list[Tensor], list[bool]]:
    """Texts whose logits are as sure as they are often right."""
    generator = torch.Generator().manual_seed(seed)
    logits = 3 * torch.randn(count, steps, 3 + LETTERS, generator=generator)
    logits[:, :, :2] = -torch.inf
    p = logits.softmax(dim=-1).amax(dim=-1).prod(dim=1)  # (N,)
    return list(logits), (torch.rand(count, generator=generator) < p).tolist()


@settings(max_examples=15, deadline=None)
@given(st.floats(0.4, 2.5), st.integers(1, 4), st.integers(0, 100))
def test_a_known_temperature_is_recovered(temperature: float, steps: int, seed: int) -> None:
    logits, correct = honest_words(6000, steps, seed)
    found = fit_temperature([one * temperature for one in logits], correct)
    assert found == pytest.approx(temperature, rel=0.15)


def test_it_makes_confidences_mean_something() -> None:
    logits, correct = honest_words(6000, 3, seed=1)
    boasting = [2 * one for one in logits]
    found = fit_temperature(boasting, correct)

    def error(temperature: float) -> float:
        p = [float((one / temperature).softmax(dim=-1).amax(dim=-1).prod()) for one in boasting]
        measured = calibrate(np.minimum(p, 1), correct).error
        assert measured is not None
        return measured

    assert error(found) < 0.02 < error(1) - 0.05


@given(st.lists(st.booleans(), max_size=6), st.floats(0, 200))
def test_it_stays_in_its_bounds(correct: list[bool], scale: float) -> None:
    logits = [scale * torch.eye(3 + LETTERS)[3:5] for _ in correct]
    found = fit_temperature(logits, correct)
    assert COLDEST <= found <= HOTTEST
    if all(correct) or not any(correct):
        assert found == 1


@pytest.mark.parametrize("attention", [True, False])
def test_greedy_texts_do_not_depend_on_it(attention: bool) -> None:
    made, greedy = recognizer(attention=attention), BeamSearch(width=1)
    plain = made.read(words(), greedy)
    assert made.read(words(), greedy) == replace(made, temperature=1.0).read(words(), greedy)
    for temperature in (0.5, 2.0):
        tempered = replace(made, temperature=temperature).read(words(), greedy)
        assert texts(tempered) == texts(plain)
        assert all(
            (a[0].log_probability > b[0].log_probability) == (temperature < 1)
            for a, b in zip(tempered, plain, strict=True)
        )


def test_all_texts_together_still_have_probability_one() -> None:
    """A wide beam over texts of one letter at most finds every text that there is."""
    made = replace(recognizer(), temperature=0.7)
    found = made.read(words(), BeamSearch(width=60, max_length=1))
    untempered = recognizer().read(words(), BeamSearch(width=60, max_length=1))
    for candidates, others in zip(found, untempered, strict=True):
        assert {one.text for one in candidates} == {one.text for one in others}
        total = sum(np.exp(one.log_probability) for one in candidates)
        assert 0 < total <= 1 + 1e-5


def test_a_recognisers_own_temperature_does_not_matter_for_the_fit() -> None:
    made = recognizer()
    fitted = calibrated_temperature(made, words())
    assert calibrated_temperature(replace(made, temperature=3.0), words()) == fitted
    assert COLDEST <= fitted <= HOTTEST


def test_long_words_are_validated_and_calibrated_with_the_limit_they_are_measured_with(compute: Compute) -> None:
    """Whoever reads everything rightly has no error, however long the words are."""
    made, perfect = words(("a" * 40,) * 4), counting(40)
    task = WordTask(
        Settings(batch_size=2, precision="float32"),
        recognizer().network,
        recognizer().alphabet,
        OwnWords(made, seed=0),
        made,
        compute,
        words={},
    )
    task.recognizer = perfect
    assert task.validate() == {"validation_cer": 0.0, "validation_wer": 0.0}
    assert read_greedily(perfect, made).texts == list(made.texts)
    assert evaluate(perfect, made, BeamSearch(width=1)).scores.cer.value == 0


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("length", [3, 40, 99])
def test_what_is_calibrated_is_the_probability_that_reading_gives(length: int, temperature: float) -> None:
    """Also of a text that the greatest length ended, though the network would have continued."""
    made, network = words(("a" * 40, "aaa")), counting(length)
    greedy = read_greedily(network, made)
    beam = replace(network, temperature=temperature).read(made, BeamSearch(width=1, max_length=40))
    for (one,), logits, tokens in zip(beam, greedy.logits, greedy.tokens, strict=True):
        letters = log_probabilities(logits / temperature).gather(1, tokens[:, None])
        assert float(letters.sum()) == pytest.approx(one.log_probability, rel=1e-4)
        assert one.truncated == (length == 99)
    if length == 99:
        assert greedy.temperature(made.texts) != fit_temperature(greedy.logits, [True, False])
