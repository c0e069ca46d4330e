from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlhw.ocr.second_look.calibration import START, fit_calibration
from dlhw.ocr.second_look.weighing import Calibration, pooled, posterior, scores

TEXTS = st.sampled_from("abcdefgh")
READ = st.dictionaries(TEXTS, st.floats(-20, -1e-3), min_size=1, max_size=4)
CALIBRATIONS = st.builds(Calibration, scale=st.floats(0.1, 3), nothing=st.floats(-8, 2))


def test_probabilities_are_averaged_the_image_counting_twice() -> None:
    pool = pooled({"a": math.log(0.5), "b": math.log(0.2)}, [{"a": math.log(0.2)}, {"c": math.log(0.8)}])
    assert {text: math.exp(value) for text, value in pool.items()} == pytest.approx(
        {"a": (2 * 0.5 + 0.2) / 4, "b": 2 * 0.2 / 4, "c": 0.8 / 4}
    )


@given(READ)
def test_without_views_the_image_speaks_for_itself(first: dict[str, float]) -> None:
    assert pooled(first) == first


@given(READ, st.lists(READ, max_size=4))
def test_the_order_of_the_views_does_not_matter(first: dict[str, float], others: list[dict[str, float]]) -> None:
    assert pooled(first, others) == pytest.approx(pooled(first, others[::-1]))


@given(READ, CALIBRATIONS)
def test_probabilities_sum_to_one_with_none_of_them(scored: dict[str, float], calibration: Calibration) -> None:
    found = posterior(scored, calibration)
    log_total = np.logaddexp.reduce([*(calibration.scale * score for score in scored.values()), calibration.nothing])
    nothing = math.exp(calibration.nothing - log_total)
    assert sum(map(math.exp, found.values())) + nothing == pytest.approx(1)


@given(READ, CALIBRATIONS)
def test_the_calibration_does_not_change_the_order(scored: dict[str, float], calibration: Calibration) -> None:
    ranked = list(posterior(scored, calibration))
    assert [scored[text] for text in ranked] == sorted(scored.values(), reverse=True)
    assert list(posterior(dict(reversed(scored.items())), calibration)) == ranked, "nor does where a text came from"


def test_of_candidates_alone_the_probabilities_sum_to_one() -> None:
    found = posterior({"a": -1.0, "b": -3.0}, Calibration(scale=1, nothing=-math.inf))
    assert sum(map(math.exp, found.values())) == pytest.approx(1)


class Preferring:
    """A prior that knows one text."""

    def log_weight(self, text: str) -> float:
        return 2.0 if text == "b" else 0.0


def test_a_prior_is_added_to_what_was_read() -> None:
    pool = {"a": -1.0, "b": -2.0}
    assert scores(pool, None) == pool
    assert scores(pool, Preferring()) == {"a": -1.0, "b": 0.0}


def test_a_calibration_is_found_again_in_what_it_made() -> None:
    generator = np.random.default_rng(1)
    true = Calibration(scale=1.4, nothing=-3.0)
    scored, right = [], []
    for _ in range(20_000):
        values = sorted(generator.uniform(-6, -0.05, size=generator.integers(1, 5)).tolist(), reverse=True)
        weights = np.exp([*(true.scale * value for value in values), true.nothing])
        drawn = int(generator.choice(len(weights), p=weights / weights.sum()))
        scored.append(values)
        right.append(None if drawn == len(values) else drawn)
    found = fit_calibration(scored, right)
    assert found.scale == pytest.approx(true.scale, abs=0.08)
    assert found.nothing == pytest.approx(true.nothing, abs=0.15)


@pytest.mark.parametrize(("scored", "right"), [([], []), ([[-0.1, -3.0]] * 5, [0] * 5), ([[-0.1]] * 5, [None] * 5)])
def test_few_words_or_words_of_one_kind_leave_finite_numbers(
    scored: list[list[float]], right: list[int | None]
) -> None:
    found = fit_calibration(scored, right)
    assert found.scale > 0
    assert math.isfinite(found.scale + found.nothing)
    if not scored:
        assert found == START
