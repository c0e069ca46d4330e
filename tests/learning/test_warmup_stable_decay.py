from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlhw.learning.rate_schedules import LAST, WARM_UP, fall_epochs, stable_rate


def test_it_rises_stays_and_falls_to_almost_none() -> None:
    assert stable_rate(WARM_UP, 100, 2.0) == stable_rate(50, 100, 2.0) == stable_rate(90, 100, 2.0) == 2.0
    assert stable_rate(100, 100, 2.0) == pytest.approx(2.0 * LAST)
    rising = [stable_rate(WARM_UP * step / 100, 100, 2.0) for step in range(101)]
    falling = [stable_rate(90 + step / 10, 100, 2.0) for step in range(101)]
    assert rising == sorted(rising)
    assert falling == sorted(falling, reverse=True)
    assert len(set(falling)) == len(falling)


@given(st.integers(6, 4000), st.integers(6, 4000), st.floats(0, 4000))
def test_how_long_it_will_be_need_not_be_known_until_the_rate_falls(one: int, other: int, done: float) -> None:
    done = min(done, *(epochs - fall_epochs(epochs) for epochs in (one, other)))
    assert stable_rate(done, one, 1.0) == stable_rate(done, other, 1.0)


@given(st.integers(1, 4000), st.floats(0, 1))
def test_it_stays_within_its_bounds(epochs: int, share: float) -> None:
    assert 0.2 * LAST <= stable_rate(share * epochs, epochs, 0.2) <= 0.2
