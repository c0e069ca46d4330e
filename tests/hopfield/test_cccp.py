"""The iteration: oracles, statuses, and that the state, its energy and its residual belong together."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from dlhw.errors import DataError, UsageError
from dlhw.hopfield.cccp import Step, default_tolerance, retrieve
from dlhw.hopfield.energy import Energy
from dlhw.hopfield.follow import Follower, Row


def double(values: object) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


PAIR = double([[1.0], [-1.0]])


def test_a_maximum_holds_a_state_that_is_exactly_on_it() -> None:
    trajectory = retrieve(Energy(PAIR, 4.0), double([[0.0]]), tolerance=0, steps=60)
    assert trajectory.states.item() == 0.0
    assert trajectory.statuses == ("converged",)


def test_the_smallest_nudge_leaves_the_maximum() -> None:
    trajectory = retrieve(Energy(PAIR, 4.0), double([[1e-16]]), tolerance=0, steps=60)
    assert trajectory.states.item() == pytest.approx(0.99933, abs=5e-6)
    q = trajectory.states.item()
    assert q == pytest.approx(math.tanh(4 * q), abs=1e-15)


@settings(deadline=None, max_examples=30)
@given(a=st.floats(0.3, 3), ratio=st.floats(0.2, 4))
def test_two_patterns_split_where_beta_passes_one_over_a_squared(a: float, ratio: float) -> None:
    beta = ratio / a**2
    if abs(ratio - 1) < 0.05:
        return  # critical slowing down: the next test is about that
    q = retrieve(Energy(a * PAIR, beta), double([[0.7 * a]]), tolerance=0, steps=2000).states.item()
    assert q == pytest.approx(a * math.tanh(beta * a * q), abs=1e-12)
    assert (q > 0.1 * a) == (ratio > 1)


def test_a_small_step_is_no_small_error_where_minima_split() -> None:
    """At β = 1/a² the step at q is q³/3: it falls below the tolerance long before q is near its limit 0."""
    trajectory = retrieve(Energy(PAIR, 1.0), double([[0.5]]), tolerance=1e-6, steps=20_000, history=False)
    assert trajectory.converged
    assert trajectory.states.item() == pytest.approx((3e-6) ** (1 / 3), rel=0.01)


@pytest.mark.nightly
@pytest.mark.timeout(900)
def test_it_stops_three_thousandths_from_the_truth_after_155_000_steps() -> None:
    trajectory = retrieve(Energy(PAIR, 1.0), double([[0.5]]), tolerance=1e-8, steps=200_000, history=False)
    assert trajectory.converged
    assert trajectory.states.item() == pytest.approx(3e-3, rel=0.05)
    assert int(trajectory.iterations) == pytest.approx(155_000, rel=0.01)


def test_the_state_its_energy_and_its_residual_are_of_the_last_iterate() -> None:
    generator = torch.Generator().manual_seed(1)
    X, Q = (torch.randn(n, 6, generator=generator, dtype=torch.float64) for n in (9, 20))
    energy = Energy(X, 1.1)
    for steps in (0, 1, 5, 500):
        trajectory = retrieve(energy, Q, steps=steps)
        torch.testing.assert_close(trajectory.final_energies, energy.value(trajectory.states), rtol=1e-13, atol=1e-13)
        residual = energy.gradient(trajectory.states).norm(dim=1)
        torch.testing.assert_close(trajectory.residuals, residual, rtol=1e-9, atol=1e-14)
        last = trajectory.energies.gather(0, trajectory.iterations[None])[0]
        assert torch.equal(last, trajectory.final_energies)
        assert int(trajectory.iterations.max()) <= steps


def test_queries_that_leave_the_batch_end_as_they_would_alone() -> None:
    generator = torch.Generator().manual_seed(2)
    X, Q = (torch.randn(n, 5, generator=generator, dtype=torch.float64) for n in (7, 12))
    energy = Energy(X, 1.5)
    together = retrieve(energy, Q)
    assert len(set(together.iterations.tolist())) > 2
    for index, q in enumerate(Q):
        alone = retrieve(energy, q)
        assert int(alone.iterations) == int(together.iterations[index])
        torch.testing.assert_close(alone.states[0], together.states[index], rtol=0, atol=1e-13)
        count = int(alone.iterations) + 1
        torch.testing.assert_close(alone.energies[:, 0], together.energies[:count, index], rtol=0, atol=1e-12)
        assert (together.energies[count:, index] == together.energies[count - 1, index]).all()


def test_each_query_has_a_status_of_its_own() -> None:
    trajectory = retrieve(Energy(PAIR, 1.0), double([[0.0], [0.5], [-0.5]]), steps=50)
    assert trajectory.statuses == ("converged", "out of steps", "out of steps")
    assert not trajectory.converged


def test_energies_never_rise() -> None:
    generator = torch.Generator().manual_seed(3)
    X, Q = (torch.randn(n, 8, generator=generator, dtype=torch.float64) for n in (30, 40))
    energies = retrieve(Energy(X, 2.0), Q).energies
    assert (energies.diff(dim=0) <= 1e-13 * energies[:-1].abs().clamp_min(100)).all()


def test_the_budget_of_steps_is_known_in_advance() -> None:
    """‖∇E‖ ≤ tol within ⌈2E(q₀)/tol²⌉ steps, since every step lowers E by ½‖∇E‖² at least, and E ≥ 0."""
    generator = torch.Generator().manual_seed(4)
    for _ in range(20):
        X, q = (torch.randn(n, 3, generator=generator, dtype=torch.float64) for n in (4, 1))
        energy = Energy(X, 0.8)
        budget = math.ceil(2 * float(energy.value(q)) / 0.1**2)
        assert retrieve(energy, q, tolerance=0.1, steps=budget).converged


def test_the_follower_accounts_for_every_fall_of_the_first_query() -> None:
    generator = torch.Generator().manual_seed(5)
    X, Q = (torch.randn(n, 6, generator=generator, dtype=torch.float64) for n in (9, 4))
    energy, told = Energy(X, 1.3), list[Row]()
    follower = Follower(energy, on_row=told.append, keep_steps=True)
    trajectory = retrieve(energy, Q, on_step=follower.on_step)
    document = follower.as_document()
    assert told == follower.rows
    assert document["energies"] == trajectory.energies[: int(trajectory.iterations[0]) + 1, 0].tolist()
    assert document["checks"][0]["passed"]
    assert document["checks"][0]["points"] == int(trajectory.iterations[0])
    falls = -np.diff(document["energies"])
    parts = np.add(document["movements"], document["divergences"])
    np.testing.assert_allclose(falls, parts, rtol=0, atol=1e-12)
    assert torch.equal(follower.path(2)[-1], trajectory.states[2])
    assert len(follower.path(2)) == int(trajectory.iterations[2]) + 1


@pytest.mark.parametrize("beta", [1e-3, 0.125, 1.0])
def test_falls_add_up_for_a_batch_of_images_where_two_patterns_tie(beta: float) -> None:
    """A batch sums its scores in another order than a single query. Between two patterns of norm 1,200 that moves the
    weights by more than an energy is rounded."""
    generator = torch.Generator().manual_seed(1)
    X = torch.randint(0, 256, (2, 64), generator=generator).double()
    apart = X[0] - X[1]
    between = X.mean(dim=0) - apart * (apart @ X.mean(dim=0)) / (apart @ apart)
    for queries in (between[None], torch.stack([between, X[0]]), torch.cat([between[None], X.repeat(40, 1)])):
        follower = Follower(Energy(X, beta), on_row=lambda row: None)
        retrieve(Energy(X, beta), queries, on_step=follower.on_step)
        check = follower.as_document()["checks"][0]
        assert check["passed"], check
        assert check["tolerance"] < 1e-6 * float(Energy(X, beta).value(between))


def test_a_wrong_energy_does_not_add_up() -> None:
    def tilt(step: Step) -> None:
        follower.on_step(Step(step.step, step.active, step.states, step.updated, step.energies * 1.001, step.residuals))

    follower = Follower(Energy(PAIR, 0.5), on_row=lambda row: None)
    retrieve(Energy(PAIR, 0.5), double([[0.9]]), on_step=tilt)
    assert not follower.as_document()["checks"][0]["passed"]


def test_single_precision_adds_up_too() -> None:
    generator = torch.Generator().manual_seed(6)
    X = torch.randn(2000, 32, generator=generator)
    energy = Energy(X)
    follower = Follower(energy, on_row=lambda row: None)
    trajectory = retrieve(energy, X[:3] * 0.8, on_step=follower.on_step)
    assert trajectory.states.dtype == torch.float32
    assert trajectory.converged
    assert follower.as_document()["checks"][0]["passed"]


def test_the_default_tolerance_follows_the_type_and_the_patterns() -> None:
    assert default_tolerance(Energy(3 * PAIR)) == pytest.approx(3 * 2**-26 / 64)
    assert default_tolerance(Energy(PAIR.float())) == pytest.approx(2**-11.5 / 64)


@pytest.mark.parametrize("queries", [torch.ones(2, 3), torch.ones(0, 1), torch.full((1, 1), math.nan)])
def test_queries_that_do_not_fit(queries: Tensor) -> None:
    with pytest.raises(DataError):
        retrieve(Energy(PAIR), queries.double())


@pytest.mark.parametrize("wrong", [{"steps": -1}, {"tolerance": -1.0}, {"tolerance": math.nan}])
def test_limits_out_of_range(wrong: dict[str, float]) -> None:
    with pytest.raises(UsageError):
        retrieve(Energy(PAIR), double([[0.5]]), **wrong)  # type: ignore[arg-type]
