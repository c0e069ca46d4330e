"""KL between two softmax weights, against fifty digits."""

import mpmath  # type: ignore[import-untyped]
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dlhw.hopfield.divergence import kullback_leibler


def reference(scores: list[float], change: list[float]) -> float:
    with mpmath.workdps(60):
        before = [mpmath.e ** mpmath.mpf(z) for z in scores]
        after = [mpmath.e ** (mpmath.mpf(z) + mpmath.mpf(u)) for z, u in zip(scores, change, strict=True)]
        p, p_next = ([v / mpmath.fsum(values) for v in values] for values in (before, after))
        return float(mpmath.fsum(a * mpmath.log(a / b) for a, b in zip(p, p_next, strict=True)))


@settings(deadline=None, max_examples=60)
@given(
    scores=st.lists(st.floats(-8, 8), min_size=2, max_size=6),
    size=st.integers(-12, 1),
    seed=st.integers(0, 10_000),
)
def test_every_digit_survives_at_any_distance(scores: list[float], size: int, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    change = torch.randn(len(scores), generator=generator, dtype=torch.float64) * 10.0**size
    log_p = torch.tensor(scores, dtype=torch.float64).log_softmax(dim=0)
    ours = float(kullback_leibler(log_p, change))
    assert ours == pytest.approx(reference(scores, change.tolist()), rel=1e-9, abs=1e-17 if size > -8 else 0)


def test_a_common_shift_of_all_scores_changes_nothing() -> None:
    log_p = torch.randn(5, dtype=torch.float64).log_softmax(dim=0)
    assert float(kullback_leibler(log_p, torch.full((5,), 300.0, dtype=torch.float64))) == pytest.approx(0, abs=1e-20)


def test_far_changes_do_not_overflow() -> None:
    log_p = torch.zeros(3, dtype=torch.float64).log_softmax(dim=0)
    change = torch.tensor([2000.0, 0.0, -2000.0], dtype=torch.float64)
    assert float(kullback_leibler(log_p, change)) == pytest.approx(2000 - torch.log(torch.tensor(3.0)).item(), rel=1e-6)
