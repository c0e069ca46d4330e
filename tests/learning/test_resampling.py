from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlhw.learning import resampling
from dlhw.learning.intervals import bootstrap_ratio, paired_bootstrap
from dlhw.learning.resampling import Sample, Tally, resampled_ratios, sample_of

pairs = st.lists(st.tuples(st.integers(-9, 9), st.integers(0, 9)), max_size=40)


def columns(rows: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    table = np.array(rows, dtype=np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


@given(pairs, pairs, pairs, st.integers(0, 60))
def test_a_tally_keeps_every_example(
    first: list[tuple[int, int]], second: list[tuple[int, int]], third: list[tuple[int, int]], few: int
) -> None:
    tally = Tally()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(resampling, "AS_ROWS", few)
        patch.setattr(resampling, "ROWS_AT_MOST", few)
        for part in (first, second, third):
            tally.add(*columns(part))
        sample = tally.sample()
    rows = [*first, *second, *third]
    found = list(zip(sample.numerators.tolist(), sample.denominators.tolist(), strict=True))
    if len(rows) <= few:
        assert (found, sample.counts) == (rows, None)
    elif sample.counts is not None:
        assert sorted(row for row, n in zip(found, sample.counts.tolist(), strict=True) for _ in range(n)) == sorted(
            rows
        )
        assert len(set(found)) == len(found)
    bottom = sum(row[1] for row in rows)
    assert sample.ratio == (pytest.approx(sum(row[0] for row in rows) / bottom) if bottom else None)


def test_a_tally_holds_large_numbers() -> None:
    tally = Tally()
    tally.add(np.array([-(2**31), 2**31 - 1]), np.array([2**32 - 1, 0]))
    sample = tally.sample()
    assert sample.numerators.tolist() == [-(2**31), 2**31 - 1]
    assert sample.denominators.tolist() == [2**32 - 1, 0]


def test_counted_kinds_are_drawn_as_their_examples_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same distribution: means and deviations of the resampled ratios agree within the error of both."""
    generator = np.random.default_rng(0)
    lengths = generator.integers(1, 9, 3000)
    edits = np.minimum(generator.integers(0, 4, 3000), lengths)
    rows = sample_of(edits, lengths)
    monkeypatch.setattr(resampling, "AS_ROWS", 100)
    monkeypatch.setattr(resampling, "ROWS_AT_MOST", 100)
    kinds = sample_of(edits, lengths)
    assert rows.counts is None
    assert kinds.counts is not None
    assert len(kinds.counts) < 40
    assert rows.ratio == kinds.ratio
    (one,), (other,) = resampled_ratios([rows], resamples=4000), resampled_ratios([kinds], resamples=4000)
    assert other.mean() == pytest.approx(one.mean(), abs=4 * one.std() / np.sqrt(2000))
    assert other.std() == pytest.approx(one.std(), rel=0.06)  # 4 standard errors of a ratio of two deviations


def test_figures_are_the_same_beside_others_and_alone() -> None:
    generator = np.random.default_rng(1)
    lengths = generator.integers(0, 5, 70)
    samples = [
        sample_of(generator.integers(-3, 3, 70), lengths),
        Sample(numerators=np.array([0.0, 1.0]), denominators=np.ones(2), counts=np.array([5, 3])),
        sample_of(generator.integers(0, 3, 70), np.ones(70)),
        sample_of([1, 2], [3, 3]),
        sample_of([], []),
    ]
    together = resampled_ratios(samples, seed=5)
    for sample, found in zip(samples, together, strict=True):
        (alone,) = resampled_ratios([sample], seed=5)
        np.testing.assert_array_equal(found, alone)


def test_samples_with_nothing_to_divide_by_are_left_out() -> None:
    (found,) = resampled_ratios([sample_of([0, 1], [0, 1])], resamples=400)
    assert set(found.tolist()) == {1.0}
    assert 0.6 < len(found) / 400 < 0.9  # three of four samples hold the second example


def test_ten_million_examples_take_no_longer_than_their_kinds() -> None:
    counts = np.array([9_000_000, 600_000, 400_000])
    sample = Sample(numerators=np.array([0.0, 1.0, 2.0]), denominators=np.full(3, 5.0), counts=counts)
    (found,) = resampled_ratios([sample])
    assert found.mean() == pytest.approx(1_400_000 / 50_000_000, rel=1e-4)


def test_many_examples_are_counted_in_the_public_functions(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(2)
    first, second, lengths = generator.integers(0, 3, 900), generator.integers(0, 3, 900), np.full(900, 4)
    rate, gap = bootstrap_ratio(first, lengths), paired_bootstrap(first, second, lengths)
    monkeypatch.setattr(resampling, "AS_ROWS", 500)
    monkeypatch.setattr(resampling, "ROWS_AT_MOST", 500)
    counted_rate, counted_gap = bootstrap_ratio(first, lengths), paired_bootstrap(first, second, lengths)
    assert counted_rate != rate
    assert (counted_rate.value, counted_gap.value) == pytest.approx((rate.value, gap.value))
    assert (counted_rate.low, counted_gap.low) == pytest.approx((rate.low, gap.low), abs=0.01)
