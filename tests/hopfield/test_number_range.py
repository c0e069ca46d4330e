"""What the arithmetic can take gives finite numbers, and what it cannot is refused."""

import json
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dlhw.errors import DlhwError
from dlhw.hopfield.cccp import retrieve
from dlhw.hopfield.certificate import certify
from dlhw.hopfield.claims import check_claims
from dlhw.hopfield.energy import Energy
from dlhw.hopfield.instances import Instance
from dlhw.hopfield.number_range import check_queries
from dlhw.hopfield.separation import separate
from dlhw.hopfield.state_summary import describe_state


@settings(max_examples=40)
@given(
    beta=st.floats(-34, 34),
    size=st.floats(-170, 170) | st.floats(-40, 40),
    query=st.floats(-170, 170) | st.none(),
    single=st.booleans(),
    seed=st.integers(0, 10**6),
)
def test_every_number_is_finite_or_the_memory_is_refused(
    beta: float, size: float, query: float | None, single: bool, seed: int
) -> None:
    generator = torch.Generator().manual_seed(seed)
    count, dimension = (int(n) for n in torch.randint(1, 5, (2,), generator=generator))
    X = torch.randn(count, dimension, generator=generator, dtype=torch.float64) * 10.0**size
    q = torch.randn(2, dimension, generator=generator, dtype=torch.float64) * 10.0 ** (size if query is None else query)
    if single:
        X, q = X.float(), q.float()
    try:
        energy = Energy(X, 10.0**beta)
        check_queries(q, energy.beta, "q")
    except DlhwError:
        return
    trajectory = retrieve(energy, q, steps=20)
    document = {
        "state": describe_state(energy, trajectory.states[0]),
        "certificate": certify(energy, trajectory.states[0]).as_document(),
        "separation": separate(energy).as_document(),
    }
    json.dumps(document, allow_nan=False)
    assert trajectory.energies.isfinite().all()
    outcomes = check_claims([Instance(X.double(), energy.beta, q.double())])
    assert [outcome.as_document() for outcome in outcomes if not outcome.passed] == []
    assert all(math.isfinite(outcome.tolerance) for outcome in outcomes)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_images_of_any_scale_are_far_from_the_ends(dtype: torch.dtype) -> None:
    X = torch.full((2, 6912), 65_535.0, dtype=dtype)
    for beta in (1e-6, 1 / math.sqrt(6912), 1e6):
        check_queries(X, Energy(X, beta).beta, "q")
    Energy(torch.zeros(2, 3, dtype=dtype))
