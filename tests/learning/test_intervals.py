from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlhw.learning import resampling
from dlhw.learning.intervals import (
    NO_DIFFERENCE,
    NO_ESTIMATE,
    Difference,
    Estimate,
    bootstrap_ratio,
    holm,
    paired_bootstrap,
    wilson,
)


def bounds(estimate: Estimate | Difference) -> tuple[float, float]:
    assert estimate.low is not None
    assert estimate.high is not None
    return estimate.low, estimate.high


def test_wilson_is_the_published_one() -> None:
    """Newcombe 1998, Statistics in Medicine 17, 857, table I: method 3 on his four examples."""
    for successes, trials, low, high in [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ]:
        assert bounds(wilson(successes, trials)) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 10**6), st.data())
def test_wilson_holds_its_share(trials: int, data: st.DataObject) -> None:
    successes = data.draw(st.integers(0, trials))
    low, high = bounds(wilson(successes, trials))
    assert 0 <= low <= successes / trials <= high <= 1
    mirrored = bounds(wilson(trials - successes, trials))
    assert mirrored == pytest.approx((1 - high, 1 - low), abs=1e-9)


def test_nothing_has_no_interval() -> None:
    assert wilson(0, 0) == NO_ESTIMATE
    assert bootstrap_ratio([], []) == NO_ESTIMATE
    assert bootstrap_ratio([2, 1], [0, 0]) == NO_ESTIMATE
    assert paired_bootstrap([], [], []) == NO_DIFFERENCE


def test_the_bootstrap_agrees_with_the_formula_for_a_mean() -> None:
    """For a plain mean its interval is that of the normal distribution, up to resampling."""
    values = np.random.default_rng(0).exponential(size=4000)
    low, high = bounds(bootstrap_ratio(values, np.ones(4000), seed=1))
    half = 1.96 * values.std() / np.sqrt(4000)
    assert (high - low) / 2 == pytest.approx(half, rel=0.1)
    assert (high + low) / 2 == pytest.approx(values.mean(), abs=half / 5)


def test_the_bootstrap_draws_words_with_their_lengths() -> None:
    """Errors in proportion to length leave nothing to chance."""
    lengths = np.arange(1, 30)
    low, high = bounds(bootstrap_ratio(lengths * 0.25, lengths))
    assert (low, high) == pytest.approx((0.25, 0.25))


def test_samples_are_the_same_in_any_number_of_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    edits = np.random.default_rng(3).integers(0, 4, 100)
    whole = bootstrap_ratio(edits, np.full(100, 5), seed=7)
    monkeypatch.setattr(resampling, "AT_ONCE", 700)
    assert bootstrap_ratio(edits, np.full(100, 5), seed=7) == whole
    assert bootstrap_ratio(edits, np.full(100, 5), seed=8) != whole


def test_pairs_are_resampled_together() -> None:
    """Two systems that fail on the same words, but for one that is a little worse everywhere: no doubt at all."""
    hard = np.random.default_rng(0).integers(0, 10, 500)
    lengths = np.full(500, 100)
    difference = paired_bootstrap(hard, hard + 0.1, lengths)
    assert difference.value == pytest.approx(-0.001)
    assert bounds(difference) == pytest.approx((-0.001, -0.001))
    assert difference.p == pytest.approx(2 / 1001)
    # Taken apart, the two intervals overlap.
    assert bounds(bootstrap_ratio(hard, lengths))[1] > bounds(bootstrap_ratio(hard + 0.1, lengths))[0]


def test_equal_systems_do_not_differ() -> None:
    edits = np.random.default_rng(0).integers(0, 3, 50)
    assert paired_bootstrap(edits, edits, np.ones(50)) == Difference(value=0.0, low=0.0, high=0.0, p=1.0)


def test_exchanging_the_systems_turns_the_sign() -> None:
    a, b = np.random.default_rng(0).integers(0, 3, (2, 80))
    forth, back = paired_bootstrap(a, b, np.ones(80)), paired_bootstrap(b, a, np.ones(80))
    low, high = bounds(forth)
    assert bounds(back) == pytest.approx((-high, -low))
    assert forth.p == back.p


def test_chance_alone_is_rarely_significant() -> None:
    """Where there is no difference, p is below 0.1 in about a tenth of the cases."""
    generator = np.random.default_rng(5)
    small = 0
    for trial in range(200):
        a, b = generator.random((2, 60)) < 0.3
        p = paired_bootstrap(a, b, np.ones(60), seed=trial, resamples=300).p
        assert p is not None
        small += p < 0.1
    assert 5 <= small <= 40


def test_a_p_at_the_limit_of_resampling_says_so() -> None:
    certain = paired_bootstrap(np.zeros(50), np.ones(50), np.ones(50), resamples=200)
    assert certain.p == pytest.approx(2 / 201)
    assert certain.at_limit
    generator = np.random.default_rng(0)
    open_question = paired_bootstrap(generator.random(50), generator.random(50), np.ones(50))
    assert not open_question.at_limit


def test_holm_is_the_published_one() -> None:
    """Worked by hand: 4 · 0.01, 3 · 0.013, which may not be below the one before, 2 · 0.03, and 0.2."""
    assert holm([0.03, 0.01, 0.2, 0.013]) == pytest.approx([0.06, 0.04, 0.2, 0.04])
    assert holm([0.6, 0.9]) == [1.0, 1.0]
    assert holm([0.04, None]) == [0.04, None]
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), max_size=12))
def test_holm_keeps_the_order_and_lies_between_p_and_bonferroni(values: list[float]) -> None:
    adjusted = holm(values)
    for p, one in zip(values, adjusted, strict=True):
        assert one is not None
        assert p <= one <= min(1.0, p * len(values)) + 1e-12
    by_p = [one for _, one in sorted(zip(values, adjusted, strict=True))]
    assert by_p == sorted(by_p, key=lambda one: one or 0.0)
