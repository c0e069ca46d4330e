"""Which patterns can be retrieved, and why others cannot."""

import pytest
import torch

from dlhw.hopfield.cccp import retrieve
from dlhw.hopfield.energy import Energy
from dlhw.hopfield.separation import separate


def double(values: object) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


def brightnesses(equal: bool) -> torch.Tensor:
    """Ten positive images of one kind and of different brightness, or all of the same norm."""
    generator = torch.Generator().manual_seed(0)
    images = torch.rand(10, 100, generator=generator, dtype=torch.float64)
    if equal:
        return 6 * torch.nn.functional.normalize(images - 0.5, dim=1)
    return images * torch.linspace(0.3, 1.5, 10, dtype=torch.float64)[:, None]


def test_the_brightest_attract_the_others() -> None:
    found = separate(Energy(brightnesses(equal=False), 1.0))
    assert [each.pattern for each in found.patterns if each.retrieved] == [7, 8, 9]
    assert {each.ends_at for each in found.patterns} == {7, 8, 9}
    for each in found.patterns:
        assert each.separation is not None
        assert not (each.retrieved and each.separation < 0)
        assert ("times as long" in each.reason) == (each.separation < 0)
    # To stand apart is not enough: pattern 6 does, but needs a larger β.
    assert found.patterns[6].reason == "β is too small: it falls to pattern 8"


def test_with_equal_norms_all_come_back() -> None:
    found = separate(Energy(brightnesses(equal=True), 1.0))
    assert found.lost == ()
    assert all(each.retrieved and each.reason == "" for each in found.patterns)
    assert found.as_document()["retrieved"] == 10


def test_separation_is_its_definition() -> None:
    X = torch.tensor([[1.0, 0.0], [0.5, 0.5], [0.0, 3.0]], dtype=torch.float64)
    found = separate(Energy(X, 10.0)).patterns
    assert [each.separation for each in found] == pytest.approx([0.5, 0.5 - 1.5, 9 - 1.5])
    assert [each.rival for each in found] == [1, 2, 1]


def test_duplicates_cannot_be_told_apart() -> None:
    X = torch.tensor([[1.0, 0.0], [1.0, 0.0], [-1.0, 0.0]], dtype=torch.float64)
    found = separate(Energy(X, 50.0))
    assert [each.retrieved for each in found.patterns] == [False, False, True]
    assert found.patterns[0].reason == "nothing tells it from pattern 1"


def test_a_warm_memory_melts() -> None:
    X = torch.eye(4, dtype=torch.float64)
    found = separate(Energy(X, 0.1))
    assert all(each.reason.startswith("β is too small") for each in found.patterns)


@pytest.mark.parametrize("beta", [0.5, 0.01, 0.9])
def test_a_start_that_ends_at_the_middle_of_two_patterns_is_no_retrieval(beta: float) -> None:
    """Both starts end at 0, up to the residual that is left: more than half by 1e-10 is not a majority."""
    found = separate(Energy(double([[1.0], [-1.0]]), beta))
    assert found.as_document()["retrieved"] == 0
    assert all(each.reason == "β is too small: it becomes part of a mixture" for each in found.patterns)


def test_patterns_that_end_at_one_state_do_not_both_come_back() -> None:
    generator = torch.Generator().manual_seed(0)
    signs = (torch.randint(2, (1, 1024), generator=generator) * 2 - 1).double()
    X = torch.cat([signs, signs])
    X[1, :2] *= -1
    assert separate(Energy(X)).as_document()["retrieved"] == 0


def test_a_minimum_that_every_start_shares_is_no_pattern() -> None:
    """Of unequal patterns the longer has most of the weight in the one minimum there is, which is still a mixture."""
    found = separate(Energy(double([[1.0], [-0.5]]), 0.5))
    assert [each.ends_at for each in found.patterns] == [None, None]
    assert found.as_document()["retrieved"] == 0


def test_a_blend_comes_back_where_it_is_one_patterns_own() -> None:
    found = separate(Energy(double([[1.0], [-1.0]]), 1.1))
    q = retrieve(Energy(double([[1.0], [-1.0]]), 1.1), double([[1.0]])).states.item()
    assert 0.4 < q < 0.6
    assert [each.retrieved for each in found.patterns] == [True, True]


def test_a_start_that_still_moves_has_not_come_back() -> None:
    """At β = 1/a² the iteration creeps: after a thousand updates it has most of the weight, and has not ended."""
    found = separate(Energy(double([[1.0], [-1.0]]), 1.0))
    assert [each.retrieved for each in found.patterns] == [False, False]
    assert all("has not converged after 1,000 updates" in each.reason for each in found.patterns)


def test_single_precision_has_the_same_verdicts() -> None:
    for beta in (0.5, 0.99, 0.993, 0.996, 1.0, 1.1):
        X = double([[1.0], [-1.0]])
        kept = [[each.retrieved for each in separate(Energy(Y, beta)).patterns] for Y in (X, X.float())]
        assert kept[0] == kept[1]


@pytest.mark.parametrize("noise", [0.0, 1e-16, 1e-15, 1e-14, -1e-14])
def test_duplicates_up_to_rounding_are_duplicates(noise: float) -> None:
    generator = torch.Generator().manual_seed(0)
    X = torch.randn(5, 64, generator=generator, dtype=torch.float64)
    X[3] = X[1] * (1 + noise)
    found = separate(Energy(X, 3.0)).patterns
    assert [each.reason for each in found] == [
        "",
        "nothing tells it from pattern 3",
        "",
        "nothing tells it from pattern 1",
        "",
    ]
    assert [each.retrieved for each in found] == [True, False, True, False, True]


def test_an_equal_overlap_with_a_longer_pattern_is_no_duplicate() -> None:
    found = separate(Energy(double([[1.0, 0.0], [1.0, 5.0]]), 1.0)).patterns
    assert found[0].separation == 0
    assert found[0].reason.startswith("pattern 1 overlaps as much with it as it does itself, and is 5.1 times as long")


def test_large_memories_know_duplicates_too() -> None:
    X = torch.randn(300, 64, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    X[7] = X[5] * (1 + 2e-16)
    lost = separate(Energy(X, 3.0)).lost
    assert {each.pattern: each.reason for each in lost if each.pattern in (5, 7)} == {
        5: "nothing tells it from pattern 7",
        7: "nothing tells it from pattern 5",
    }


def test_a_single_pattern_has_no_rival() -> None:
    only = separate(Energy(torch.ones(1, 3))).patterns[0]
    assert (only.separation, only.rival, only.retrieved, only.reason) == (None, None, True, "")


def test_where_it_says_they_end_is_where_they_end() -> None:
    generator = torch.Generator().manual_seed(4)
    X = torch.randn(20, 6, generator=generator, dtype=torch.float64)
    energy = Energy(X, 2.0)
    for each in separate(energy).patterns:
        p = energy.weights(retrieve(energy, X[each.pattern]).states[0])
        assert each.ends_at == (int(p.argmax()) if float(p.max()) > 0.51 else None)


def test_large_memories_name_the_lost_alone_and_huge_ones_look_near_the_query() -> None:
    generator = torch.Generator().manual_seed(4)
    large = separate(Energy(torch.randn(600, 4, generator=generator)))
    assert len(large.patterns) == 600
    assert large.as_document()["retrieved"] == 600 - len(large.lost) < 600
    assert len(large.as_document()["patterns"]) == len(large.lost) > 0
    huge = separate(Energy(torch.randn(5000, 4, generator=generator)), nearest=[17])
    assert [each.pattern for each in huge.patterns] == [17]
    assert huge.as_document()["retrieved"] is None


def test_a_few_large_images_are_all_tried() -> None:
    X = torch.eye(256, 4200, dtype=torch.float64)  # N²D is above 2^28
    assert separate(Energy(X, 50.0)).as_document()["retrieved"] == 256


@pytest.mark.parametrize("count", [256, 257])
def test_a_small_beta_loses_all_patterns_of_a_large_memory_too(count: int) -> None:
    generator = torch.Generator().manual_seed(4)
    signs = torch.randint(0, 2, (count, 64), generator=generator).double() * 2 - 1
    found = separate(Energy(signs, 0.01))
    assert len(found.lost) == count
    assert found.as_document()["retrieved"] == 0
