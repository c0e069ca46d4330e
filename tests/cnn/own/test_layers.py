from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from dlhw.cnn.architecture import Architecture
from dlhw.cnn.counting import count_architecture
from dlhw.cnn.network import LandscapeNetwork
from dlhw.cnn.own.layers import OwnLayer, count_layers
from dlhw.cnn.own.receptive_field import field_side

ARCHITECTURES = [
    Architecture(normalize=False, average_maps=False),
    Architecture(normalize=True, average_maps=True, kernels=(3, 3)),
    Architecture(normalize=False, average_maps=True, reduction="average", kernels=(7,)),
    Architecture(normalize=True, average_maps=True, reduction="stride"),
]


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_any_network_is_counted_as_the_homework_s_are(architecture: Architecture) -> None:
    """Fields by what spreads agree with those by the formula for a chain of kernels, at every layer."""
    found = count_layers(LandscapeNetwork(architecture), (3, 48, 48))
    expected = count_architecture("", architecture).layers
    assert [(one.name, one.shape, one.parameters, one.macs, one.receptive_field) for one in found] == [
        (one.name, one.shape, one.parameters, one.macs, one.receptive_field) for one in expected
    ]


class Odd(nn.Module):
    """A skip, a shared layer, a product in forward, a frozen and an unused layer, and two outputs."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(1, 4, 3, padding=1)
        self.again = nn.Conv2d(4, 4, 3, padding=1)
        self.tied = self.again
        self.frozen = nn.Linear(4, 4).requires_grad_(False)
        self.unused = nn.Linear(5, 5)
        self.scale = nn.Parameter(torch.ones(4))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        x = self.first(x)
        x = x + self.tied(self.again(x))
        pooled = self.frozen(x.mean((2, 3))) * self.scale
        return pooled @ pooled.T, x


def layers() -> dict[str, OwnLayer]:
    return {layer.name: layer for layer in count_layers(Odd(), (1, 12, 12))}


def test_what_is_shared_counts_once_and_is_computed_each_time() -> None:
    found = layers()
    assert sum(layer.parameters for layer in found.values()) == 40 + 148 + 30 + 4
    assert found["again"].macs == 2 * 144 * 4 * 4 * 9
    assert found["again"].calls == 2
    assert found["(itself)"].macs == 4, "a product within forward"
    assert (found["frozen"].parameters, found["frozen"].frozen) == (0, 20)
    assert (found["unused"].calls, found["unused"].shape) == (0, None)
    assert found["first"].receptive_field == 3
    assert found["again"].receptive_field == 5, "when it is first called"


def test_an_input_need_not_be_an_image() -> None:
    (layer,) = count_layers(nn.Sequential(nn.Linear(3, 2)), (3,))
    assert (layer.shape, layer.macs, layer.receptive_field) == ((2,), 6, None)


def test_a_field_that_is_cut_off_at_every_place_is_read_from_its_ends() -> None:
    """A field of 7 with step 2 over 8 places: no output sees it whole."""
    seen = np.zeros((8, 4), dtype=bool)
    for place in range(4):
        seen[max(0, 2 * place - 2) : min(8, 2 * place + 5), place] = True
    assert field_side(seen) == 7
    assert field_side(np.ones((8, 4), dtype=bool)) == 8
    assert field_side(np.zeros((8, 4), dtype=bool)) == 0
