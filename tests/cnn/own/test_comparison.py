from __future__ import annotations

import pytest
import torch
from torch import nn

from dlhw.cnn.architecture import Architecture
from dlhw.cnn.network import LandscapeNetwork
from dlhw.cnn.own.comparison import Comparison, compare, homework_parts, module_parts

NETWORKS = {name: homework_parts(name) for name in ("flatten", "gap")}


class Plain(nn.Module):
    """The homework's first network in somebody's own words."""

    def __init__(self, *, kernel: int = 3, hidden: int = 1024, classes: int = 6, bias: bool = True) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 32, kernel)
        self.conv2 = nn.Conv2d(32, 64, 3, bias=bias)
        self.conv3 = nn.Conv2d(64, 128, 3)
        self.fc1 = nn.Linear(4608, hidden)
        self.fc2 = nn.Linear(hidden, 512)
        self.fc3 = nn.Linear(512, classes)


def compared(network: nn.Module) -> Comparison:
    comparison = compare(module_parts(network), NETWORKS)
    assert sum(one.difference for one in comparison.layers) == comparison.difference
    return comparison


def test_the_homework_s_networks_are_found_again() -> None:
    for name in ("flatten", "gap"):
        comparison = compared(LandscapeNetwork(name))
        assert (comparison.network, comparison.difference, comparison.alike) == (name, 0, True)
    assert compared(Plain()).sentence() == "5,340,742, exactly the 5,340,742 of the homework's network flatten"


def test_a_bias_that_is_there_twice_is_named() -> None:
    network = Plain()
    network.fc1.register_parameter("bias2", nn.Parameter(torch.zeros(1024)))
    assert compared(network).sentence() == (
        "5,341,766, 1,024 more than the 5,340,742 of the homework's network flatten: "
        "layer fc1 has its bias twice (“bias2”)"
    )


@pytest.mark.parametrize(
    ("network", "difference", "reasons"),
    [
        (Plain(classes=10), 2052, ["layer fc3 gives 10 numbers, not 6"]),
        (Plain(kernel=5), 1536, ["layer conv1 has a kernel of 5×5, not 3×3"]),
        (Plain(bias=False), -64, ["layer conv2 has no bias"]),
        (
            Plain(hidden=512),
            -4609 * 512 - 512**2,
            ["layer fc1 gives 512 numbers, not 1,024", "layer fc2 takes 512 numbers, not 1,024"],
        ),
    ],
)
def test_a_slip_is_located(network: nn.Module, difference: int, reasons: list[str]) -> None:
    comparison = compared(network)
    assert (comparison.network, comparison.difference, comparison.alike) == ("flatten", difference, True)
    assert [one.reason for one in comparison.layers if one.reason] == reasons


def test_a_convolution_in_groups_has_filters_over_fewer_maps() -> None:
    network = Plain()
    network.conv3 = nn.Conv2d(64, 128, 3, padding=1, groups=2)
    (reason,) = [one.reason for one in compared(network).layers if one.reason]
    assert reason == "layer conv3 has filters over 32 maps, not 64"


def test_layers_that_are_added_and_left_out() -> None:
    network = Plain()
    network.fc1 = nn.Sequential(nn.Linear(4608, 1024), nn.BatchNorm1d(1024))  # type: ignore[assignment]
    (reason,) = [one.reason for one in compared(network).layers if one.reason]
    assert reason == "fc1.1 is a normalization that flatten does not have (2,048)"
    without = module_parts(Plain())[:2] + module_parts(Plain())[3:]
    (reason,) = [one.reason for one in compare(without, NETWORKS).layers if one.reason]
    assert reason == "blocks.2.convolution of flatten is missing (73,856)"


def test_another_network_is_not_taken_apart() -> None:
    class Other(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = nn.ModuleList(nn.Linear(7, 9) for _ in range(40))

    comparison = compared(Other())
    assert not comparison.alike
    assert comparison.sentence().endswith("it is another network, in most of its layers")
    assert compare([], NETWORKS).difference == -5_340_742, "it has fewer layers that are missing"
    assert compared(LandscapeNetwork(Architecture(normalize=True, average_maps=True, kernels=(3,)))).network == "gap"
