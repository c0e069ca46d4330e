"""What the homework's two convolutional networks are made of, and their relatives of ``dlhw cnn study``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    from torch import nn

NetworkName = Literal["flatten", "gap"]
NETWORK_NAMES: tuple[NetworkName, ...] = get_args(NetworkName)

SIDE = 48
"""Height and width of an input image, in pixels."""

CHANNELS = (3, 32, 64, 128)
HIDDEN = (1024, 512)

Reduction = Literal["max", "average", "stride", "none"]


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """What tells one network of three blocks and two hidden layers from another."""

    normalize: bool
    """Batch normalisation after every layer but the last."""

    average_maps: bool
    """Each last map is handed on as its mean (global average pooling), or as all of its numbers."""

    reduction: Reduction = "max"
    """How a block halves the side of its maps: 2×2 pooling, a convolution of stride 2, or not at all."""

    kernels: tuple[int, ...] = ()
    """Sides of further convolutions, one after the other, before that of the second and of the third block.
    They keep the number of channels."""

    def build(self, *, classes: int, dropout: float) -> nn.Module:
        """The network, with fresh weights."""
        from dlhw.cnn.network import LandscapeNetwork  # here: counting an architecture needs no torch

        return LandscapeNetwork(self, classes=classes, dropout=dropout)

    def as_header(self) -> dict[str, Any]:
        """What a checkpoint says of it besides its name."""
        return {}


ARCHITECTURES: dict[NetworkName, Architecture] = {
    "flatten": Architecture(normalize=False, average_maps=False),
    "gap": Architecture(normalize=True, average_maps=True),
}
