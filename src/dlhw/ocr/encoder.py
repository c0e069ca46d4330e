"""The encoder: an image of a word, 32 high and of any width, becomes a sequence of feature vectors.

Images of different widths share a batch. What lies right of an image is padding; it is zeroed before
every layer that could look at it, so that no image's features depend on its batch mates.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

PIXELS_A_COLUMN = 4
"""The width is halved twice: a feature vector stands for four columns of pixels."""

LEAST_CONTRAST = 8.0
"""Standard deviation in grey levels below which an image is not stretched further: mostly noise is there."""


class Encoding(NamedTuple):
    """What the encoder made of a batch of images."""

    states: Tensor
    """(B, T, 2H) a vector for every four columns of pixels; zero in the padding."""

    summary: Tensor
    """(B, 2H) where the two directions of the LSTM ended."""

    mask: Tensor
    """(B, T) True where there is image."""


class Encoder(nn.Module):
    """Convolutions down to a height of one, then a bidirectional LSTM along the width.

    Height is used up faster than width, since letters stand side by side.

    Args:
        channels: outputs of the first six convolutions; the seventh keeps the number.
        hidden: H, units of the LSTM in each direction.
    """

    def __init__(self, channels: Sequence[int], hidden: int) -> None:
        super().__init__()
        c1, c2, c3, c4, c5, c6 = channels
        self.blocks = nn.ModuleList(
            [
                Block(1, c1, kernel=(5, 5), stride=2),  # (B, c1, 16, W/2)
                Block(c1, c2, pool=(2, 2)),  # (B, c2, 8, W/4)
                Block(c2, c3),
                Block(c3, c4, pool=(2, 1)),  # (B, c4, 4, W/4)
                Block(c4, c5, pool=(2, 1)),  # (B, c5, 2, W/4)
                Block(c5, c6),
                Block(c6, c6, kernel=(2, 1), padding=(0, 0)),  # (B, c6, 1, W/4)
            ]
        )
        self.lstm = BidirectionalLSTM(c6, hidden)

    def forward(self, images: Tensor, widths: Tensor) -> Encoding:
        """Encode a batch.

        Args:
            images: (B, 1, 32, W) uint8, W a multiple of four; zero right of each image.
            widths: (B,) int64, columns of pixels of each image.
        """
        lengths = (widths + PIXELS_A_COLUMN - 1) // PIXELS_A_COLUMN  # (B,)
        columns = torch.arange(images.shape[-1] // PIXELS_A_COLUMN, device=images.device)  # (T,)
        mask = columns < lengths[:, None]  # (B, T)
        features = standardize(images, widths).contiguous(memory_format=torch.channels_last)  # (B, 1, 32, W)
        for block in self.blocks:
            features = block(features, mask)
        states, summary = self.lstm(features.squeeze(2).transpose(1, 2), lengths)  # (B, T, 2H), (B, 2H)
        return Encoding(states * mask[:, :, None], summary, mask)


class Block(nn.Module):
    """Convolution without bias, batch normalisation, the padding zeroed, ReLU, maximum pooling."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        *,
        kernel: tuple[int, int] = (3, 3),
        stride: int = 1,
        padding: tuple[int, int] | None = None,
        pool: tuple[int, int] | None = None,
    ) -> None:
        super().__init__()
        if padding is None:
            padding = (kernel[0] // 2, kernel[1] // 2)
        self.convolution = nn.Conv2d(inputs, outputs, kernel, stride=stride, padding=padding, bias=False)
        self.normalization = nn.BatchNorm2d(outputs)
        self.pool = nn.Identity() if pool is None else nn.MaxPool2d(pool)
        self._padding, self._pool = padding, pool or (1, 1)

    def forward(self, features: Tensor, mask: Tensor) -> Tensor:
        """(B, inputs, h, w) → (B, outputs, h', w'); ``mask`` is (B, T), w and w' multiples of T."""
        if not self.training:
            # Pooled before the rest, which then has a half or a quarter to do: no pool mixes image and padding.
            return _visible(self._pooled(self._folded(features)), mask)
        return self.pool(_visible(self.normalization(self.convolution(features)), mask))  # type: ignore[no-any-return]

    def _folded(self, features: Tensor) -> Tensor:
        """Convolution and normalisation as one convolution: γ (Wx − μ) / σ + β = (γ/σ W) x + (β − γμ/σ).

        The weights are scaled at every call: they may have changed since, and it costs a hundredth of the time.
        """
        norm, layer = self.normalization, self.convolution
        assert norm.running_mean is not None
        assert norm.running_var is not None
        scale = norm.weight * torch.rsqrt(norm.running_var + norm.eps)  # (outputs,)
        weight = layer.weight * scale[:, None, None, None]
        return F.conv2d(features, weight, norm.bias - norm.running_mean * scale, layer.stride, self._padding)

    def _pooled(self, features: Tensor) -> Tensor:
        """The same maxima as ``pool``, a third sooner: in ``channels_last`` each operand is made of whole rows."""
        high, wide = self._pool
        if high == 2:
            features = torch.maximum(features[:, :, ::2], features[:, :, 1::2])
        if wide == 2:
            features = torch.maximum(features[:, :, :, ::2], features[:, :, :, 1::2])
        return features


class BidirectionalLSTM(nn.Module):
    """One LSTM from left to right, one from right to left, over sequences of different lengths.

    The second reads each sequence turned round within its own length, so that it begins at the image's
    last column and not in the padding. It is the same as torch's packed sequences and takes a third of
    the time on a CPU.
    """

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__()
        self.rightward = nn.LSTM(inputs, hidden, batch_first=True)
        self.leftward = nn.LSTM(inputs, hidden, batch_first=True)

    def forward(self, sequence: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """(B, T, inputs), (B,) → states (B, T, 2H), last states of both directions (B, 2H)."""
        if sequence.is_cuda and torch.is_autocast_enabled("cuda"):
            # Autocast casts cuDNN's LSTMs to float16, also where bfloat16 is asked for, and small gradients vanish.
            with torch.autocast("cuda", enabled=False):
                return self(sequence.float(), lengths)  # type: ignore[no-any-return]
        positions = torch.arange(sequence.shape[1], device=sequence.device)  # (T,)
        turned = (lengths[:, None] - 1 - positions) % sequence.shape[1]  # (B, T), its own inverse
        rightward, _ = self.rightward(sequence)
        leftward, _ = self.leftward(_reorder(sequence, turned))
        last = (lengths - 1)[:, None]  # (B, 1)
        summary = torch.cat([_reorder(rightward, last), _reorder(leftward, last)], dim=2).squeeze(1)
        return torch.cat([rightward, _reorder(leftward, turned)], dim=2), summary


def standardize(images: Tensor, widths: Tensor) -> Tensor:
    """Give every image mean 0 and standard deviation 1 over its own pixels; the padding stays 0.

    Args:
        images: (B, 1, 32, W) uint8; zero right of each image.
        widths: (B,) columns of pixels of each image.
    """
    pixels = images.float()
    count = (widths * images.shape[2]).float()[:, None, None, None]
    mean = pixels.sum((1, 2, 3), keepdim=True) / count
    inside = torch.arange(images.shape[3], device=images.device) < widths[:, None]  # (B, W)
    centred = (pixels - mean) * inside[:, None, None, :]
    deviation = (centred.square().sum((1, 2, 3), keepdim=True) / count).sqrt()
    return centred / deviation.clamp(min=LEAST_CONTRAST)


def _visible(features: Tensor, mask: Tensor) -> Tensor:
    """ReLU, and zero in the padding: (B, C, h, w), (B, T) → (B, C, h, w), in place."""
    wide = mask.repeat_interleave(features.shape[-1] // mask.shape[1], dim=1)  # (B, w)
    # The ReLU leaves zeros alone, and in place two passes over the features are saved.
    return features.mul_(wide[:, None, None, :].to(features.dtype)).relu_()


def _reorder(sequence: Tensor, positions: Tensor) -> Tensor:
    """(B, T, C) at positions (B, S) → (B, S, C)."""
    # One index for whole rows is several times as fast as a gather, which reads an index for every number.
    batch, columns, channels = sequence.shape
    first = torch.arange(0, batch * columns, columns, device=sequence.device)[:, None]
    rows = sequence.flatten(0, 1).index_select(0, (first + positions).flatten())
    return rows.view(batch, positions.shape[1], channels)
