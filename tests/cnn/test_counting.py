from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from dlhw.cnn.architecture import NETWORK_NAMES, SIDE, NetworkName
from dlhw.cnn.counting import count_architecture, count_network
from dlhw.cnn.network import LandscapeNetwork
from dlhw.cnn.study.variants import VARIANTS


@pytest.mark.parametrize(("name", "parameters"), [("flatten", 5_340_742), ("gap", 756_742)])
def test_parameters_add_up(name: NetworkName, parameters: int) -> None:
    count = count_network(name)
    assert count.parameters == sum(layer.parameters for layer in count.layers) == parameters


@pytest.mark.parametrize(("name", "macs"), [("flatten", 28_470_272), ("gap", 23_882_752)])
def test_multiply_adds_are_those_of_the_formula(name: NetworkName, macs: int) -> None:
    """Output positions × kernel × channels in × channels out, and features in × out, by hand."""
    convolutions = 9 * (48**2 * 3 * 32 + 24**2 * 32 * 64 + 12**2 * 64 * 128)
    linear = ((128 if name == "gap" else 128 * 6 * 6) + 512) * 1024 + 512 * 6
    assert count_network(name).macs == convolutions + linear == macs


@pytest.mark.parametrize("name", VARIANTS)
def test_each_layer_is_counted_as_pytorch_has_it(name: str) -> None:
    architecture = VARIANTS[name].architecture
    network, seen = LandscapeNetwork(architecture).eval(), list[tuple[str, tuple[int, ...], int]]()
    for path, module in network.named_modules():
        if not list(module.children()) and not isinstance(module, nn.Identity):
            parameters = sum(parameter.numel() for parameter in module.parameters())
            module.register_forward_hook(
                lambda _, __, output, path=path, parameters=parameters: seen.append(
                    (path, tuple(output.shape[1:]), parameters)
                )
            )
    with torch.inference_mode():
        network(torch.zeros(1, 3, SIDE, SIDE))
    layers = count_architecture(name, architecture).layers
    assert [(layer.name, layer.shape, layer.parameters) for layer in layers] == seen


@pytest.mark.nightly  # PyTorch's counter imports its compiler, which takes seconds
@pytest.mark.parametrize("name", NETWORK_NAMES)
def test_operations_are_those_that_pytorch_counts(name: NetworkName) -> None:
    counter = FlopCounterMode(display=False)
    with counter:
        LandscapeNetwork(name).eval()(torch.zeros(1, 3, SIDE, SIDE))
    assert count_network(name).flops == counter.get_total_flops()


@pytest.mark.parametrize("name", NETWORK_NAMES)
def test_receptive_fields_are_those_that_gradients_show(name: NetworkName) -> None:
    """Which input pixels one value in the middle of a map depends on, found by differentiating."""
    network = LandscapeNetwork(name).eval()
    layers = {layer.name: layer for layer in count_network(name).layers}
    for block in range(3):
        for part in ("convolution", "pooling"):
            # Averaging in place of the largest, so that every pixel of a window has a part in the gradient.
            x = inputs = torch.rand(1, 3, SIDE, SIDE, requires_grad=True)
            for index in range(block + 1):
                weight = network.get_parameter(f"blocks.{index}.convolution.weight")
                x = torch.nn.functional.conv2d(x, torch.ones_like(weight), padding=1)
                if (index, part) != (block, "convolution"):
                    x = torch.nn.functional.avg_pool2d(x, 2)
            middle = x.shape[-1] // 2
            (gradient,) = torch.autograd.grad(x[0, 0, middle, middle], inputs)
            rows = gradient[0, 0].any(1).nonzero()
            side = int(rows.max() - rows.min()) + 1
            assert layers[f"blocks.{block}.{part}"].receptive_field == side


def test_shapes_are_those_of_the_outputs() -> None:
    shapes = {layer.name: layer.shape for layer in count_network("flatten").layers}
    assert shapes["blocks.2.pooling"] == (128, 6, 6)
    assert shapes["flatten"] == (4608,)
    assert shapes["classifier"] == (6,)


def test_what_follows_the_maps_sees_the_whole_image() -> None:
    for name in NETWORK_NAMES:
        assert count_network(name).layers[-1].receptive_field == SIDE
