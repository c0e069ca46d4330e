"""The verdict of a comparison: by characters and by whole words, which may differ."""

from __future__ import annotations

import pytest

from dlhw.console.ocr_compare import verdict

A, B, NEITHER = {"low": -0.2, "high": -0.1}, {"low": 0.1, "high": 0.2}, {"low": -0.1, "high": 0.1}


@pytest.mark.parametrize(
    ("cer", "wer", "said"),
    [
        (A, A, "A makes fewer errors than B: the intervals of the differences in CER and WER are on one side of 0."),
        (B, B, "B makes fewer errors than A: the intervals of the differences in CER and WER are on one side of 0."),
        (NEITHER, B, "B is better by WER; by CER these words do not separate the two."),
        (A, B, "A is better by CER; B is better by WER."),
        (
            NEITHER,
            NEITHER,
            "These words do not separate the two: the intervals of the differences in CER and WER contain 0.",
        ),
        ({"low": None, "high": None}, A, "There is nothing to compare."),
    ],
)
def test_the_verdict_is_of_both_rates(cer: dict[str, float], wer: dict[str, float], said: str) -> None:
    assert verdict({"cer_difference": cer, "wer_difference": wer}) == said
