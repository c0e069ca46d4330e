"""Every claim holds, and every classic mistake is caught by the claims that can see it."""

import pytest
import torch

from dlhw.hopfield.claims import CLAIMS, check_claims
from dlhw.hopfield.energy import Energy
from dlhw.hopfield.instances import Instance, fixed_instances, gather_instances, part_of, random_instance
from dlhw.hopfield.mutations import MUTATIONS

BROKEN = {
    "beta": {"5c", "5d"},
    "sign": {"1", "5a", "5c", "5d", "7", "8", "9", "11", "12"},
    "axis": {"5a", "5b", "5c", "5d", "6a", "6b", "6c", "6d", "8", "9", "11"},
    "log-n": {"1", "12"},
    "norm": {"12"},
    "transpose": {"1", "5b", "9", "11"},
    "gradient": {"5d"},
    "hessian": {"5d"},
}


def failing(energy: type[Energy]) -> set[str]:
    return {outcome.claim.id for outcome in check_claims(fixed_instances(), energy=energy) if not outcome.passed}


def test_every_claim_of_the_derivation_is_there() -> None:
    ids = ["1", "2", "3", "4", "5a", "5b", "5c", "5d", "6a", "6b", "6c", "6d", "7", "8", "9", "10", "11", "12"]
    assert [claim.id for claim in CLAIMS] == ids


def test_every_claim_holds_where_the_mistakes_are_caught() -> None:
    assert failing(Energy) == set()


@pytest.mark.parametrize("name", MUTATIONS)
def test_each_mistake_is_caught_and_names_the_claims_it_breaks(name: str) -> None:
    assert failing(MUTATIONS[name]) == BROKEN[name]


def check_random(trials: int, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    outcomes = check_claims(random_instance(generator) for _ in range(trials))
    assert [outcome.as_document() for outcome in outcomes if not outcome.passed] == []
    assert all(outcome.points >= 8 * trials for outcome in outcomes)


def test_points_are_counted_and_not_comparisons() -> None:
    """Claim 11 is checked at four steps from each of the eight states, claim 12 in three regions; the others there."""
    for outcome in check_claims(fixed_instances()):
        assert outcome.points == 3 * 8 * {"11": 4, "12": 3}.get(outcome.claim.id, 1), outcome.claim.id


class Reordered(Energy):
    """The same sums in another order, as another implementation takes them."""

    def scores(self, q: torch.Tensor) -> torch.Tensor:
        scores: torch.Tensor = self.beta * (q.flip(-1) @ self.patterns.flip(-1).T)
        return scores


def test_claims_hold_at_the_scale_of_images_where_two_patterns_tie() -> None:
    """There rounding decides between the two: weights that differ by it must not fail claims 9 and 11."""
    generator = torch.Generator().manual_seed(0)
    for dimension in (3, 20, 64, 90):
        X = torch.randint(0, 256, (6, dimension), generator=generator).double()
        q = between_the_heaviest(X)
        for beta in (1e-3, dimension**-0.5, 3.0):
            outcomes = check_claims([Instance(X, beta, q)], energy=Reordered)
            assert [outcome.as_document() for outcome in outcomes if not outcome.passed] == []


def between_the_heaviest(X: torch.Tensor) -> torch.Tensor:
    """The mean, moved to where the two patterns that overlap most with it overlap equally."""
    mean = X.mean(dim=0)
    first, second = X[(X @ mean).topk(2).indices]
    apart = first - second
    between: torch.Tensor = mean - apart * (apart @ mean) / (apart @ apart)
    return between


def test_claims_hold_on_random_memories() -> None:
    check_random(60, seed=7)


@pytest.mark.nightly
@pytest.mark.timeout(900)
def test_claims_hold_on_a_thousand_random_memories() -> None:
    check_random(1000, seed=42)


@pytest.mark.parametrize(
    "patterns",
    [
        torch.zeros(3, 2),
        torch.zeros(1, 1),
        torch.ones(4, 3),
        torch.tensor([[1e-150, 0.0], [0.0, 2e-150]], dtype=torch.float64),
        torch.tensor([[1e40, 0.0], [0.0, 2e40]], dtype=torch.float64),
        torch.tensor([[5.0]]),
    ],
    ids=["zeros", "one zero", "duplicates", "tiny", "huge", "one number"],
)
@pytest.mark.parametrize("beta", [1e-6, 1.0, 1e6])
def test_claims_hold_at_the_edges(patterns: torch.Tensor, beta: float) -> None:
    X = patterns.double()
    outcomes = check_claims([Instance(X, beta, X[0] * 1.5)])
    assert [outcome.as_document() for outcome in outcomes if not outcome.passed] == []


def test_claims_hold_where_weights_are_below_the_smallest_normal_number() -> None:
    """(N + 2)·eps·p_i underflows to zero there, and the spacing of such numbers does not."""
    X = torch.tensor([[1.0, 0.0], [0.3, 0.1], [-0.1, 0.2]], dtype=torch.float64)
    for beta in torch.linspace(700, 1100, 40).tolist():
        outcomes = check_claims([Instance(X, beta, X[0])])
        assert [outcome.as_document() for outcome in outcomes if not outcome.passed] == []


def test_claims_hold_on_long_patterns() -> None:
    generator = torch.Generator().manual_seed(3)
    X = torch.randn(10, 200, generator=generator, dtype=torch.float64)
    assert all(outcome.passed for outcome in check_claims([Instance(X, 0.07, X[2])]))


def test_large_memories_are_checked_in_part() -> None:
    generator = torch.Generator().manual_seed(3)
    X = torch.randn(400, 300)
    part = part_of(Instance(X, 0.1, X[0]), generator)
    assert part.patterns.shape == (256, 256)
    assert part.patterns.dtype == torch.float64
    assert all(any(torch.equal(row.float(), x[: len(row)]) or row.float()[0] in x for x in X) for row in part.patterns)


def test_the_instances_are_the_memory_itself_three_fixed_ones_and_the_trials() -> None:
    X = torch.randn(4, 3, dtype=torch.float64)
    instances = list(gather_instances(Energy(X, 0.3), X[0], trials=5, seed=1))
    assert len(instances) == 9
    assert torch.equal(instances[0].patterns, X)
    assert all(i.patterns.shape[0] != i.patterns.shape[1] for i in instances[1:4])


def test_a_number_that_is_none_fails_its_claim_and_is_null_in_json() -> None:
    class Broken(Energy):
        def concave_part(self, q: torch.Tensor) -> torch.Tensor:
            return super().concave_part(q) * float("nan")

    outcome = check_claims(fixed_instances(), energy=Broken)[0]
    assert not outcome.passed
    assert outcome.as_document()["worst"] is None
