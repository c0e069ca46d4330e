"""Where the network looked, for the readings that were scored."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dlhw.ocr.decoding.beam import BeamSearch
from dlhw.ocr.decoding.nucleus import NucleusSampling
from dlhw.ocr.evaluation import evaluate
from dlhw.ocr.figures.attention import first_ordinary
from tests.ocr.recognisers import recognizer, words


@pytest.mark.parametrize("decoder", [NucleusSampling(top_p=1, temperature=2, seed=3), BeamSearch(width=3)])
def test_what_is_drawn_is_what_was_scored(decoder: NucleusSampling | BeamSearch) -> None:
    """Read again in another batch, sampled words would be others: their seeds are their places in the whole set."""
    result = evaluate(recognizer(), words(), decoder)
    drawn = first_ordinary(recognizer(), result, at_most=5)
    assert [index for index, _ in drawn] == [2, 4, 7], "words of four letters and more"
    for index, reading in drawn:
        scored = result.readings[index][0]
        assert replace(reading, attention=None) == scored
        assert reading.attention is not None
        assert len(reading.attention) == len(scored.text)
        assert np.allclose(reading.attention.sum(axis=1), 1, atol=1e-3)


def test_followed_texts_are_looked_at_as_when_they_were_written() -> None:
    result = evaluate(recognizer(), words(), BeamSearch(width=1))
    written = recognizer().read(words(), BeamSearch(width=1), attention=True)
    for index, reading in first_ordinary(recognizer(), result, at_most=5):
        assert np.allclose(reading.attention, written[index][0].attention, atol=1e-4)  # type: ignore[arg-type]
