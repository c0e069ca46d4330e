from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from dlhw.cnn.architecture import NETWORK_NAMES, NetworkName
from dlhw.cnn.network import LandscapeNetwork, to_input


@pytest.mark.parametrize(("name", "parameters"), [("flatten", 5_340_742), ("gap", 756_742)])
def test_the_networks_have_the_homeworks_parameters(name: NetworkName, parameters: int) -> None:
    network = LandscapeNetwork(name)
    assert sum(p.numel() for p in network.parameters() if p.requires_grad) == parameters


def test_gap_has_its_parameters_where_the_homework_says() -> None:
    sizes = {"convolution": 0, "normalization of blocks": 0, "linear": 0, "normalization of hidden": 0}
    for path, parameter in LandscapeNetwork("gap").named_parameters():
        parts = path.split(".")
        kind = "linear" if parts[0] == "classifier" else parts[2]
        sizes[f"{kind} of {parts[0]}" if kind == "normalization" else kind] += parameter.numel()
    assert list(sizes.values()) == [93_248, 448, 659_974, 3_072]


@pytest.mark.parametrize("name", NETWORK_NAMES)
def test_logits_have_a_row_an_image_and_a_column_a_class(name: NetworkName) -> None:
    images = torch.randint(0, 256, (3, 48, 48, 3), dtype=torch.uint8)
    assert LandscapeNetwork(name, classes=4).eval()(to_input(images)).shape == (3, 4)


@pytest.mark.parametrize("name", NETWORK_NAMES)
def test_the_layout_in_memory_changes_no_logit(name: NetworkName) -> None:
    torch.manual_seed(0)
    network = LandscapeNetwork(name).eval()
    inputs = torch.rand(4, 3, 48, 48)
    expected = network(inputs)
    ours = network.to(memory_format=torch.channels_last)(inputs.to(memory_format=torch.channels_last))
    torch.testing.assert_close(ours, expected)


def test_the_blocks_are_the_homeworks() -> None:
    """The flattening network written out with functions, in the order the homework gives."""
    torch.manual_seed(0)
    network = LandscapeNetwork("flatten", dropout=0.0).eval()
    weights = dict(network.named_parameters())
    x = inputs = torch.rand(2, 3, 48, 48)
    for block in range(3):
        name = f"blocks.{block}.convolution"
        x = F.max_pool2d(F.relu(F.conv2d(x, weights[f"{name}.weight"], weights[f"{name}.bias"], padding=1)), 2)
    x = x.flatten(1)
    for name in ("hidden.0.linear", "hidden.1.linear"):
        x = F.relu(F.linear(x, weights[f"{name}.weight"], weights[f"{name}.bias"]))
    x = F.linear(x, weights["classifier.weight"], weights["classifier.bias"])
    torch.testing.assert_close(network(inputs), x)


@given(
    image=st.integers(0, 1), row=st.integers(0, 47), column=st.integers(0, 47), channel=st.integers(0, 2),
    value=st.integers(0, 255),
)  # fmt: skip
def test_every_pixel_stays_in_its_place(image: int, row: int, column: int, channel: int, value: int) -> None:
    images = torch.zeros(2, 48, 48, 3, dtype=torch.uint8)
    images[image, row, column, channel] = value
    inputs = to_input(images)
    assert inputs[image, channel, row, column] == torch.tensor(value) / 255
    assert inputs.count_nonzero() == (value > 0)
    assert inputs.is_contiguous(memory_format=torch.channels_last), "no pixel moved in memory"
