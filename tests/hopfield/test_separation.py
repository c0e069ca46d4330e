"""Which patterns can be retrieved, and why others cannot."""

import pytest
import torch

from dlhw.hopfield.cccp import retrieve
from dlhw.hopfield.energy import Energy
from dlhw.hopfield.separation import separate


def brightnesses(equal: bool) -> torch.Tensor:
    """Ten positive pictures of one kind and of different brightness, or all of the same norm."""
    generator = torch.Generator().manual_seed(0)
    pictures = torch.rand(10, 100, generator=generator, dtype=torch.float64)
    if equal:
        return 6 * torch.nn.functional.normalize(pictures - 0.5, dim=1)
    return pictures * torch.linspace(0.3, 1.5, 10, dtype=torch.float64)[:, None]


def test_the_brightest_swallow_the_others() -> None:
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


def test_a_single_pattern_has_no_rival() -> None:
    only = separate(Energy(torch.ones(1, 3))).patterns[0]
    assert (only.separation, only.rival, only.retrieved, only.reason) == (None, None, True, "")


def test_where_it_says_they_end_is_where_they_end() -> None:
    generator = torch.Generator().manual_seed(4)
    X = torch.randn(20, 6, generator=generator, dtype=torch.float64)
    energy = Energy(X, 2.0)
    for each in separate(energy).patterns:
        p = energy.weights(retrieve(energy, X[each.pattern]).states[0])
        assert each.ends_at == (int(p.argmax()) if float(p.max()) > 0.5 else None)


def test_large_memories_name_the_lost_alone_and_huge_ones_look_near_the_query() -> None:
    generator = torch.Generator().manual_seed(4)
    large = separate(Energy(torch.randn(600, 4, generator=generator)))
    assert len(large.patterns) == 600
    assert large.as_document()["retrieved"] is None
    assert len(large.as_document()["patterns"]) == len(large.lost) > 0
    huge = separate(Energy(torch.randn(5000, 4, generator=generator)), nearest=[17])
    assert [each.pattern for each in huge.patterns] == [17]
