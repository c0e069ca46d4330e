from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlhw.learning.rate_schedules import END_DIVISOR, START_DIVISOR, one_cycle


def test_it_goes_up_to_the_highest_rate_and_down_to_almost_none() -> None:
    assert one_cycle(0, 2.0) == pytest.approx(2.0 / START_DIVISOR)
    assert one_cycle(0.1, 2.0) == pytest.approx(2.0)
    assert one_cycle(1, 2.0) == pytest.approx(2.0 / END_DIVISOR)
    rising = [one_cycle(step / 1000, 2.0) for step in range(101)]
    falling = [one_cycle(step / 1000, 2.0) for step in range(100, 1001)]
    assert rising == sorted(rising)
    assert falling == sorted(falling, reverse=True)


@given(st.floats(0, 1), st.floats(1e-6, 10), st.floats(0.01, 0.99))
def test_it_stays_within_its_bounds(fraction: float, highest: float, warm_up: float) -> None:
    rate = one_cycle(fraction, highest, warm_up=warm_up)
    assert highest / END_DIVISOR * 0.999 <= rate <= highest * 1.001


@given(st.floats(0, 1))
def test_it_has_no_jumps(fraction: float) -> None:
    """The steepest place is the middle of the way up: π/2 times its mean slope of 1 in 0.1."""
    assert abs(one_cycle(min(1, fraction + 1e-4), 1.0) - one_cycle(fraction, 1.0)) < 1e-4 * 16
