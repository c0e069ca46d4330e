"""Counting parameters, multiply-adds and receptive fields, layer by layer, in one forward pass.

Each layer tells what it gave. PyTorch's ``meta`` device would need no numbers for that, but imports its
compiler, which takes seconds; an image of zeros takes milliseconds.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import prod
from typing import Any

import torch
from torch import Tensor, nn

from dlhw.cnn.network import ARCHITECTURES, SIDE, Architecture, LandscapeNetwork, NetworkName


@dataclass(frozen=True, kw_only=True)
class Layer:
    """A layer as a row of ``dlhw cnn params``."""

    name: str
    shape: tuple[int, ...]
    """Of its output, without the batch: (channels, height, width) or (features,)."""

    parameters: int
    """Trainable ones."""

    macs: int
    """Multiply-adds for one image. Those of convolutions and fully connected layers; the rest is far less."""

    receptive_field: int
    """Side of the square of input pixels that one output value depends on, at most the image's side."""


@dataclass(frozen=True, kw_only=True)
class NetworkCount:
    """A network's layers and their totals."""

    name: str
    layers: tuple[Layer, ...]

    @property
    def parameters(self) -> int:
        return sum(layer.parameters for layer in self.layers)

    @property
    def macs(self) -> int:
        return sum(layer.macs for layer in self.layers)

    @property
    def receptive_field(self) -> int:
        """Of a number in the last maps, before all of their places are brought together."""
        return [layer.receptive_field for layer in self.layers if len(layer.shape) == 3 and layer.shape[1] > 1][-1]

    @property
    def flops(self) -> int:
        """Two floating-point operations a multiply-add."""
        return 2 * self.macs

    def as_document(self) -> dict[str, Any]:
        """An entry in ``networks`` of the document of ``dlhw cnn params``."""
        return {
            "name": self.name,
            "parameters": self.parameters,
            "macs": self.macs,
            "flops": self.flops,
            "layers": [asdict(layer) for layer in self.layers],
        }


def count_network(name: NetworkName, *, classes: int = 6) -> NetworkCount:
    """Count a landscape network of Question 2.

    Args:
        name: ``flatten`` or ``gap``.
        classes: how many classes its last layer tells apart.
    """
    return count_architecture(name, ARCHITECTURES[name], classes=classes)


def count_architecture(name: str, architecture: Architecture, *, classes: int = 6) -> NetworkCount:
    """Count any network of the homework's kind, as those of ``dlhw cnn study`` are.

    Args:
        name: what the count calls it.
        architecture: what it is made of.
        classes: how many classes its last layer tells apart.
    """
    network = LandscapeNetwork(architecture, classes=classes).eval()
    layers: list[Layer] = []
    field, stride = 1, 1  # side of the receptive field and distance of neighbouring fields, in input pixels

    def record(path: str, module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        nonlocal field, stride
        if isinstance(module, nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d):
            kernel, step = _first(module.kernel_size), _first(module.stride)
            field, stride = field + (kernel - 1) * stride, stride * step
        elif isinstance(module, nn.AdaptiveAvgPool2d | nn.Flatten | nn.Linear):
            field = SIDE  # what follows sees every position
        layers.append(
            Layer(
                name=path,
                shape=tuple(output.shape[1:]),
                parameters=sum(p.numel() for p in module.parameters() if p.requires_grad),
                macs=_macs(module, output),
                receptive_field=min(field, SIDE),
            )
        )

    for path, module in network.named_modules():
        if not list(module.children()) and not isinstance(module, nn.Identity):
            module.register_forward_hook(lambda module, inputs, output, path=path: record(path, module, inputs, output))
    with torch.inference_mode():
        network(torch.zeros(1, 3, SIDE, SIDE))
    return NetworkCount(name=name, layers=tuple(layers))


def _macs(module: nn.Module, output: Tensor) -> int:
    if isinstance(module, nn.Conv2d):
        # every output value is a sum over the kernel's square of every input channel
        return prod(output.shape[1:]) * module.in_channels // module.groups * prod(module.kernel_size)
    if isinstance(module, nn.Linear):
        return module.in_features * module.out_features
    return 0


def _first(size: int | tuple[int, ...]) -> int:
    return size if isinstance(size, int) else size[0]
