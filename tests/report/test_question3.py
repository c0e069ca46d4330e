"""What Question 3's parts say of readings that are given here."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dlhw.learning.intervals import Estimate
from dlhw.ocr.decoding.nucleus import NucleusSampling
from dlhw.ocr.evaluation import Evaluation, evaluate
from dlhw.report.question3 import _gain, _in_force
from tests.ocr.recognisers import recognizer, words


@pytest.fixture(scope="module")
def drawn() -> Evaluation:
    return evaluate(recognizer(), words(), NucleusSampling(top_p=0.9), seeds=1)


@pytest.mark.parametrize(
    ("samples", "beam", "said"),
    [
        (True, True, "Either way the right word is among three more often than it is the first."),
        (False, False, "Neither way is the right word among three more often than it is the first."),
        (True, False, "The right word is among three samples more often than it is the first; among the beam's three"),
        (False, True, "The right word is among the beam's three more often than it is the first; among three samples"),
    ],
)
def test_what_is_said_of_three_words_looks_at_both_ways(
    drawn: Evaluation, samples: bool, beam: bool, said: str
) -> None:
    def with_gain(gain: bool) -> Evaluation:
        first, among = Estimate(value=0.5, low=0.4, high=0.6), Estimate(value=0.4 if gain else 0.5, low=0.3, high=0.6)
        return replace(drawn, scores=replace(drawn.scores, wer=first, wer_at_k=among))

    assert _gain(with_gain(samples), with_gain(beam)).startswith(said)


def test_the_temperature_that_samples_are_drawn_at_is_said(drawn: Evaluation) -> None:
    assert _in_force(drawn) == ""
    assert "temperature 0.731 " in _in_force(replace(drawn, temperature=0.731))
