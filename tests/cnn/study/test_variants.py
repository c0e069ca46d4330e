from __future__ import annotations

import pytest
import torch
from torch import nn

from dlhw.cnn.architecture import SIDE, Architecture
from dlhw.cnn.counting import NetworkCount, count_architecture
from dlhw.cnn.network import Convolution, ConvolutionBlock, LandscapeNetwork
from dlhw.cnn.study.variants import COMPARISONS, MAIN, VARIANTS

KEPT_CHANNELS = (32, 64)
"""Of the maps to which further convolutions are applied."""


def count(name: str) -> NetworkCount:
    return count_architecture(name, VARIANTS[name].architecture)


def added(name: str) -> int:
    """Weights of the further convolutions, without biases and batch normalisation."""
    network = LandscapeNetwork(VARIANTS[name].architecture)
    return sum(module.convolution.weight.numel() for module in network.modules() if isinstance(module, Convolution))


@pytest.mark.parametrize(
    ("small", "large", "nine_times", "square"), [("two-3x3", "one-5x5", 2, 25), ("three-3x3", "one-7x7", 3, 49)]
)
def test_small_kernels_see_as_far_for_fewer_weights(small: str, large: str, nine_times: int, square: int) -> None:
    pairs = sum(channels**2 for channels in KEPT_CHANNELS)
    assert added(small) == 9 * nine_times * pairs
    assert added(large) == square * pairs
    assert count(small).receptive_field == count(large).receptive_field
    assert count(small).macs < count(large).macs


@pytest.mark.parametrize("name", VARIANTS)
def test_every_variant_is_the_homeworks_network_with_one_thing_changed(name: str) -> None:
    """But for ``flatten``, which the homework changed in two places at once."""
    base, variant = VARIANTS["gap"].architecture, VARIANTS[name].architecture
    changed = [field for field in vars(base) if getattr(base, field) != getattr(variant, field)]
    assert len(changed) == {"gap": 0, "flatten": 2}.get(name, 1)


def test_every_comparison_is_of_variants_that_there_are() -> None:
    for comparison in COMPARISONS:
        names = [entry.variant for entry in comparison.entries]
        assert set(names) <= VARIANTS.keys()
        assert len(set(names)) == len(names)
        assert {entry.against for entry in comparison.entries} - {None} <= set(names)
    assert set(MAIN) <= VARIANTS.keys()


def test_a_comparison_of_a_smaller_study_leaves_out_what_lacks_its_counterpart() -> None:
    kernels = COMPARISONS[0]
    left = [entry.variant for entry in kernels.among(("gap", "one-5x5", "three-3x3"))]
    assert left == ["gap", "one-5x5"], "three 3×3 are compared with one 7×7, which is not studied"


@pytest.mark.parametrize(
    ("reduction", "side", "macs"),
    [
        ("max", 6, 23_882_752),
        ("average", 6, 23_882_752),
        ("stride", 6, 9 * (24**2 * 3 * 32 + 12**2 * 32 * 64 + 6**2 * 64 * 128) + 658_432),
        ("none", 48, 9 * 48**2 * (3 * 32 + 32 * 64 + 64 * 128) + 658_432),
    ],
)
def test_what_pooling_saves(reduction: str, side: int, macs: int) -> None:
    architecture = Architecture(normalize=True, average_maps=True, reduction=reduction)  # type: ignore[arg-type]
    assert count_architecture("", architecture).macs == macs
    maps = LandscapeNetwork(architecture).eval().blocks(torch.zeros(1, 3, SIDE, SIDE))
    assert maps.shape == (1, 128, side, side)


@pytest.mark.parametrize("name", VARIANTS)
def test_receptive_fields_are_those_that_gradients_show(name: str) -> None:
    """Weights of one and no nonlinearity that hides a pixel: every pixel that has a part in it shows."""
    network = LandscapeNetwork(VARIANTS[name].architecture).eval()
    for parameter in network.parameters():
        nn.init.ones_(parameter)
    for block in network.blocks:
        if isinstance(block.pooling, nn.MaxPool2d):
            block.pooling = nn.AvgPool2d(2)
    # A positive input keeps every ReLU open; a tiny one, and float64, keep sums within range; a large one, no edge
    # cuts a field off.
    x = torch.full((1, 3, 2 * SIDE, 2 * SIDE), 1e-30, dtype=torch.float64, requires_grad=True)
    maps = network.double().blocks(x)
    middle = maps.shape[-1] // 2
    (gradient,) = torch.autograd.grad(maps[0, 0, middle, middle], x)
    rows = gradient[0, 0].any(1).nonzero()
    assert min(int(rows.max() - rows.min()) + 1, SIDE) == count(name).receptive_field


def test_averages_are_taken_of_what_relu_lets_through() -> None:
    network = LandscapeNetwork(VARIANTS["average-pooling"].architecture).eval()
    block = network.blocks[0]
    x = torch.randn(2, 3, SIDE, SIDE)
    assert isinstance(block, ConvolutionBlock)
    assert block.normalization is not None
    expected = nn.functional.avg_pool2d(block.normalization(block.convolution(x)).relu(), 2)
    assert torch.equal(block(x), expected)


def test_the_homeworks_networks_are_the_variants_of_their_names() -> None:
    for name in ("flatten", "gap"):
        torch.manual_seed(42)
        by_name = LandscapeNetwork(name)
        torch.manual_seed(42)
        by_architecture = LandscapeNetwork(VARIANTS[name].architecture)
        assert list(by_name.state_dict()) == list(by_architecture.state_dict())
        for ours, theirs in zip(by_name.parameters(), by_architecture.parameters(), strict=True):
            assert torch.equal(ours, theirs)
