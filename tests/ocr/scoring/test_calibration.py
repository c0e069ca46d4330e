from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlhw.ocr.scoring.calibration import calibrate


def test_the_error_by_hand() -> None:
    """Two bins of a half: |0 − 0.3| on two words and |1/2 − 0.85| on two."""
    calibration = calibrate([0.2, 0.4, 0.8, 0.9], [False, False, True, False], bins=2)
    assert calibration.error == pytest.approx(0.5 * 0.3 + 0.5 * 0.35)
    assert [(row.words, row.accuracy) for row in calibration.bins] == [(2, 0.0), (2, 0.5)]


def test_edges_belong_to_the_bin_below() -> None:
    assert [row.words for row in calibrate([0, 0.5, 0.51, 1], [True] * 4, bins=2).bins] == [2, 2]


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40))
def test_every_word_is_in_one_bin(words: list[tuple[float, bool]]) -> None:
    calibration = calibrate([p for p, _ in words], [right for _, right in words])
    assert sum(row.words for row in calibration.bins) == len(words)
    assert len(calibration.bins) == 15
    assert calibration.error is not None
    # Between the gap of the whole and the mean of the words' gaps.
    gaps = [right - p for p, right in words]
    assert abs(np.mean(gaps)) - 1e-9 <= calibration.error <= np.mean(np.abs(gaps)) + 1e-9
    for row in calibration.bins:
        if row.confidence is not None:
            assert row.low - 1e-12 <= row.confidence <= row.high + 1e-12


def test_honest_confidences_have_a_small_error() -> None:
    generator = np.random.default_rng(0)
    p = generator.random(20000)
    honest = calibrate(p, generator.random(20000) < p).error
    boasting = calibrate(np.sqrt(p), generator.random(20000) < p).error
    assert honest is not None
    assert boasting is not None
    assert honest < 0.02
    assert boasting > 0.1


def test_no_words_have_no_error() -> None:
    assert calibrate([], []).error is None


@pytest.mark.parametrize("confidences", [[1.1], [-0.1], [float("nan")], [0.5, 0.5]])
def test_what_is_no_probability_is_refused(confidences: list[float]) -> None:
    with pytest.raises(ValueError, match="confidence"):
        calibrate(confidences, [True])
