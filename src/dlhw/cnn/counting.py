"""Counting parameters, multiply-adds and receptive fields, layer by layer, by the formula of each layer.

No network is made and PyTorch is not imported, which takes seconds. A test holds each count to what PyTorch's layers
have and give.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import pairwise
from math import prod
from typing import Any

from dlhw.cnn.architecture import ARCHITECTURES, CHANNELS, HIDDEN, SIDE, Architecture, NetworkName


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


def count_network(name: NetworkName) -> NetworkCount:
    """Count a landscape network of Question 2 that tells six classes apart."""
    return count_architecture(name, ARCHITECTURES[name])


def count_architecture(name: str, architecture: Architecture, *, classes: int = 6) -> NetworkCount:
    """Count any network of the homework's kind, as those of ``dlhw cnn study`` are.

    Args:
        name: what the count calls it.
        architecture: what it is made of.
        classes: how many classes its last layer tells apart.
    """
    counter = _Counter(SIDE)
    for number, (channels, out) in enumerate(pairwise(CHANNELS)):
        path = f"blocks.{number}"
        for place, kernel in enumerate(architecture.kernels if number else ()):
            counter.convolution(f"{path}.further.{place}", channels, channels, kernel)
            counter.same(f"{path}.further.{place}", architecture)
        counter.convolution(path, channels, out, 3, stride=2 if architecture.reduction == "stride" else 1)
        counter.normalization(path, architecture)
        if architecture.reduction == "max":
            counter.pool(f"{path}.pooling")
        counter.add(f"{path}.activation")
        if architecture.reduction == "average":
            counter.pool(f"{path}.averaging")
        counter.add(f"{path}.dropout")
    if architecture.average_maps:
        counter.see_all((counter.shape[0], 1, 1))
        counter.add("pooling")
    counter.see_all((prod(counter.shape),))
    counter.add("flatten")
    for number, units in enumerate(HIDDEN):
        path = f"hidden.{number}"
        counter.linear(f"{path}.linear", units)
        counter.same(path, architecture)
        counter.add(f"{path}.dropout")
    counter.linear("classifier", classes)
    return NetworkCount(name=name, layers=tuple(counter.layers))


class _Counter:
    """Walks through a network layer by layer, in the order of its forward pass.

    Args:
        side: of the image.
    """

    def __init__(self, side: int) -> None:
        self.layers: list[Layer] = []
        self.shape: tuple[int, ...] = (CHANNELS[0], side, side)
        self._field, self._stride = 1, 1
        """Side of the receptive field and distance of neighbouring fields, in input pixels."""

    def add(self, name: str, *, parameters: int = 0, macs: int = 0) -> None:
        """A layer whose output has the current shape."""
        field = min(self._field, SIDE)
        self.layers.append(Layer(name=name, shape=self.shape, parameters=parameters, macs=macs, receptive_field=field))

    def convolution(self, path: str, channels: int, out: int, kernel: int, *, stride: int = 1) -> None:
        """Every output value is a sum over the kernel's square of every input channel, and a bias."""
        side = -(-self.shape[1] // stride)
        self._widen(kernel, stride)
        self.shape = (out, side, side)
        weights = channels * kernel**2
        self.add(f"{path}.convolution", parameters=out * (weights + 1), macs=prod(self.shape) * weights)

    def pool(self, path: str) -> None:
        """2×2, in steps of two."""
        self._widen(2, 2)
        self.shape = (self.shape[0], self.shape[1] // 2, self.shape[2] // 2)
        self.add(path)

    def linear(self, path: str, units: int) -> None:
        """A weight for each input, and a bias."""
        features = self.shape[0]
        self.see_all((units,))
        self.add(path, parameters=units * (features + 1), macs=units * features)

    def normalization(self, path: str, architecture: Architecture) -> None:
        """Factor and offset of each channel, where there is batch normalisation."""
        if architecture.normalize:
            self.add(f"{path}.normalization", parameters=2 * self.shape[0])

    def same(self, path: str, architecture: Architecture) -> None:
        """Batch normalisation, if any, and ReLU."""
        self.normalization(path, architecture)
        self.add(f"{path}.activation")

    def see_all(self, shape: tuple[int, ...]) -> None:
        """What follows sees every position."""
        self._field, self.shape = SIDE, shape

    def _widen(self, kernel: int, stride: int) -> None:
        self._field, self._stride = self._field + (kernel - 1) * self._stride, self._stride * stride
