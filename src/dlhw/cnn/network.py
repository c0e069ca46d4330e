"""The homework's two convolutional networks, and their relatives of ``dlhw cnn study``.

``flatten``  three blocks of convolution, ReLU, max-pooling and dropout, then three fully connected layers.
``gap``      the same with batch normalisation after every layer but the last, and with global average
             pooling in place of flattening.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from dlhw.cnn.architecture import ARCHITECTURES, CHANNELS, HIDDEN, SIDE, Architecture, NetworkName, Reduction

PREPROCESSING = f"RGB, {SIDE}×{SIDE}, divided by 255"
"""What :func:`to_input` does, for a checkpoint's header."""


class Buildable(Protocol):
    """What a network is made from: an :class:`Architecture`, or a person's file."""

    def build(self, *, classes: int, dropout: float) -> nn.Module: ...

    def as_header(self) -> dict[str, Any]: ...


class Convolution(nn.Module):
    """Convolution, batch normalisation (if any), ReLU. (B, channels, H, W) → the same shape"""

    def __init__(self, channels: int, kernel: int, *, normalize: bool) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(channels, channels, kernel_size=kernel, padding=kernel // 2)
        self.normalization = nn.BatchNorm2d(channels) if normalize else None
        self.activation = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        x = self.convolution(x)
        if self.normalization is not None:
            x = self.normalization(x)
        return self.activation(x)  # type: ignore[no-any-return]


class ConvolutionBlock(nn.Module):
    """Convolution 3×3, batch normalisation (if any), ReLU, max-pooling 2×2, dropout.

    (B, in_channels, H, W) → (B, out_channels, H/2, W/2), or (B, out_channels, H, W) where nothing reduces the maps.

    Args:
        in_channels: of the maps that come.
        out_channels: of the maps that go.
        normalize: whether there is batch normalisation.
        dropout: probability with which a feature is dropped.
        reduction: what takes the place of max-pooling.
        kernels: sides of further convolutions before the one that changes the number of channels.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        normalize: bool,
        dropout: float,
        reduction: Reduction = "max",
        kernels: tuple[int, ...] = (),
    ) -> None:
        super().__init__()
        further = [Convolution(in_channels, kernel, normalize=normalize) for kernel in kernels]
        self.further = nn.Sequential(*further) if further else nn.Identity()
        stride = 2 if reduction == "stride" else 1
        self.convolution = nn.Conv2d(in_channels, out_channels, kernel_size=3, padding=1, stride=stride)
        self.normalization = nn.BatchNorm2d(out_channels) if normalize else None
        # The homework has ReLU before pooling. The largest of four ReLUs is the ReLU of the largest, so for
        # max-pooling this order gives the same numbers and gradients, bit for bit, for a quarter of the ReLUs.
        self.pooling = nn.MaxPool2d(2) if reduction == "max" else nn.Identity()
        self.activation = nn.ReLU()
        # A mean of ReLUs is not the ReLU of the mean.
        self.averaging = nn.AvgPool2d(2) if reduction == "average" else nn.Identity()
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        x = self.convolution(self.further(x))
        if self.normalization is not None:
            x = self.normalization(x)
        return self.dropout(self.averaging(self.activation(self.pooling(x))))  # type: ignore[no-any-return]


class HiddenLayer(nn.Module):
    """Fully connected layer, batch normalisation (if any), ReLU, dropout. (B, in) → (B, out)"""

    def __init__(self, in_features: int, out_features: int, *, normalize: bool, dropout: float) -> None:
        super().__init__()
        self.linear = nn.Linear(in_features, out_features)
        self.normalization = nn.BatchNorm1d(out_features) if normalize else None
        self.activation = nn.ReLU()
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        x = self.linear(x)
        if self.normalization is not None:
            x = self.normalization(x)
        return self.dropout(self.activation(x))  # type: ignore[no-any-return]


class LandscapeNetwork(nn.Module):
    """Three convolution blocks, a way from maps to a vector, two hidden layers and the classifier.

    (B, 3, 48, 48) floats in [0, 1] → (B, classes) logits

    Args:
        architecture: what it is made of, or the name of one of the homework's two.
        classes: how many classes the last layer tells apart.
        dropout: probability with which a feature is dropped, after every block and hidden layer.

    Example:
        >>> sum(p.numel() for p in LandscapeNetwork("gap").parameters())
        756742
    """

    def __init__(self, architecture: NetworkName | Architecture, *, classes: int = 6, dropout: float = 0.1) -> None:
        super().__init__()
        made_of = ARCHITECTURES[architecture] if isinstance(architecture, str) else architecture
        normalize, reduction = made_of.normalize, made_of.reduction
        kernels = ((), *[made_of.kernels] * (len(CHANNELS) - 2))  # the first block sees colours, and is left alone
        self.blocks = nn.Sequential(
            *(
                ConvolutionBlock(i, o, normalize=normalize, dropout=dropout, reduction=reduction, kernels=further)
                for (i, o), further in zip(pairwise(CHANNELS), kernels, strict=True)
            )
        )
        last_side = SIDE if reduction == "none" else SIDE // 2 ** (len(CHANNELS) - 1)
        # (B, 128, 6, 6) → (B, 128) by averaging each map, or → (B, 4608) by laying all of them in a row.
        self.pooling = nn.AdaptiveAvgPool2d(1) if made_of.average_maps else nn.Identity()
        features = CHANNELS[-1] if made_of.average_maps else CHANNELS[-1] * last_side**2
        self.flatten = nn.Flatten()
        self.hidden = nn.Sequential(
            *(HiddenLayer(i, o, normalize=normalize, dropout=dropout) for i, o in pairwise((features, *HIDDEN)))
        )
        self.classifier = nn.Linear(HIDDEN[-1], classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.blocks(x)  # (B, 128, 6, 6)
        x = self.flatten(self.pooling(x))  # (B, 128) or (B, 4608)
        return self.classifier(self.hidden(x))  # type: ignore[no-any-return]


def to_input(images: Tensor) -> Tensor:
    """Turn stored images into what the network takes. Training, evaluation and prediction all pass here.

    Images are stored height × width × channels, which in memory *is* PyTorch's ``channels_last``
    layout: the permutation only renames the axes, and no pixel moves.

    Args:
        images: (B, 48, 48, 3) uint8, RGB.

    Returns:
        (B, 3, 48, 48) float32 in [0, 1], channels_last.
    """
    return images.permute(0, 3, 1, 2).to(torch.float32).div_(255)
