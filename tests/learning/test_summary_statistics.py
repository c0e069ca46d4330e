from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlhw.learning.summary_statistics import mean_and_deviation


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=20))
def test_they_are_numpys(values: list[float]) -> None:
    of = mean_and_deviation([*values, None])
    assert of["mean"] == pytest.approx(np.mean(values), rel=1e-9, abs=1e-9)
    assert of["deviation"] == pytest.approx(np.std(values, ddof=1), rel=1e-9, abs=1e-9)


def test_what_is_not_known_is_not_made_up() -> None:
    assert mean_and_deviation([]) == mean_and_deviation([None]) == {"mean": None, "deviation": None}
    assert mean_and_deviation([0.5]) == {"mean": 0.5, "deviation": None}
