"""E and its parts, against closed forms and against autograd."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dlhw.errors import DataError, UsageError
from dlhw.hopfield.energy import Energy

DOUBLE = torch.float64


def pair(a: float) -> torch.Tensor:
    return torch.tensor([[a], [-a]], dtype=DOUBLE)


@given(a=st.floats(0.1, 5), beta=st.floats(0.05, 20), q=st.floats(-6, 6))
def test_two_opposite_patterns_have_the_energy_of_a_hyperbolic_cosine(a: float, beta: float, q: float) -> None:
    energy, state = Energy(pair(a), beta), torch.tensor([q], dtype=DOUBLE)
    x = beta * a * abs(q)
    log_cosh = x + math.log1p(math.exp(-2 * x)) - math.log(2)
    assert float(energy.value(state)) == pytest.approx(0.5 * q * q + 0.5 * a * a - log_cosh / beta, abs=1e-12)
    assert float(energy.update(state)) == pytest.approx(a * math.tanh(beta * a * q), abs=1e-13)
    assert float(energy.curvature(state)) == pytest.approx(beta * a * a / math.cosh(min(x, 350)) ** 2, abs=1e-12)


def test_one_pattern_makes_a_parabola_and_one_step_ends_there() -> None:
    pattern = torch.tensor([[3.0, -4.0]], dtype=DOUBLE)
    energy, q = Energy(pattern), torch.tensor([1.0, 2.0], dtype=DOUBLE)
    assert float(energy.value(q)) == pytest.approx(0.5 * float((q - pattern).square().sum()), abs=1e-14)
    assert torch.equal(energy.update(q), pattern[0])
    assert torch.equal(energy.hessian(q), torch.eye(2, dtype=DOUBLE))


def test_scores_far_beyond_the_largest_exponent_stay_finite() -> None:
    energy = Energy(torch.full((2, 64), 1.0, dtype=DOUBLE), 1e6)
    q = torch.full((64,), 1.0, dtype=DOUBLE)
    assert float(energy.value(q)) == pytest.approx(0.0, abs=1e-9)
    assert torch.isfinite(energy.hessian(q)).all()


def test_states_keep_their_batch_dimensions() -> None:
    energy, q = Energy(torch.randn(5, 3, dtype=DOUBLE)), torch.randn(2, 4, 3, dtype=DOUBLE)
    assert energy.value(q).shape == (2, 4)
    assert energy.update(q).shape == q.shape
    assert energy.hessian(q).shape == (2, 4, 3, 3)
    assert energy.curvature_root(q).shape == (2, 4, 5, 3)
    torch.testing.assert_close(energy.value(q)[1, 2], energy.value(q[1, 2]), rtol=1e-14, atol=0)


def test_beta_is_that_of_attention_by_default() -> None:
    assert Energy(torch.randn(5, 16)).beta == 0.25


@pytest.mark.parametrize("beta", [0.0, -1.0, math.nan, math.inf])
def test_a_beta_that_is_not_positive_is_wrong_usage(beta: float) -> None:
    with pytest.raises(UsageError, match="above 0"):
        Energy(torch.ones(2, 2), beta)


@pytest.mark.parametrize(
    "patterns",
    [
        torch.ones(3),
        torch.ones(0, 3),
        torch.ones(3, 0),
        torch.tensor([[math.nan, 1.0]]),
        torch.tensor([[math.inf, 1.0]]),
        torch.full((2, 2), 1e200, dtype=DOUBLE),
    ],
    ids=["vector", "empty", "no numbers", "nan", "infinity", "squares overflow"],
)
def test_patterns_that_make_no_memory_are_refused(patterns: torch.Tensor) -> None:
    with pytest.raises(DataError):
        Energy(patterns)
