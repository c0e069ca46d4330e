"""Images a little different each time they are learnt from: moved, mirrored, brighter or darker.

All that is drawn for an epoch is drawn at its beginning, for all images at once, so that an epoch that is resumed
in the middle continues with the same changes and no generator has to be saved. A whole batch is changed at once, on
the device where its images lie.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Self

import torch
from torch import Tensor

from dlhw.cnn.architecture import SIDE
from dlhw.cnn.network import to_input
from dlhw.cnn.recipe import Recipe


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What happens to each of N images."""

    mirrored: Tensor
    """(N, 1) bool: left becomes right."""

    shift: Tensor
    """(N, 2) int64: pixels down and to the right."""

    brightness: Tensor
    """(N, 1, 1, 1) float32, added to every pixel."""

    contrast: Tensor
    """(N, 1, 1, 1) float32, what differences from the mean are multiplied by."""

    patch_centre: Tensor
    """(N, 2) float32, row and column of the middle of a square, in pixels from the upper left corner."""

    patch_side: Tensor
    """(N, 1) float32, its side; 0 where :func:`dlhw.cnn.mixing.cut_mix` pastes nothing."""

    @classmethod
    def draw(cls, count: int, recipe: Recipe, generator: torch.Generator) -> Self:
        """Draw the changes of ``count`` images, on the CPU: the same numbers whatever the device."""
        patched = torch.rand(count, 1, generator=generator) < recipe.cut_mix
        return cls(
            mirrored=torch.rand(count, 1, generator=generator) < (0.5 if recipe.mirror else 0.0),
            shift=torch.randint(-recipe.shift, recipe.shift + 1, (count, 2), generator=generator),
            brightness=_uniform(count, generator) * recipe.brightness,
            contrast=1 + _uniform(count, generator) * recipe.contrast,
            patch_centre=torch.rand(count, 2, generator=generator) * SIDE,
            # The area is as likely to be any part of the image's: Beta(1, 1), as the paper has it for small images.
            patch_side=torch.rand(count, 1, generator=generator).sqrt() * SIDE * patched,
        )

    def __getitem__(self, which: slice | Tensor) -> Self:
        return type(self)(**{field.name: getattr(self, field.name)[which] for field in fields(self)})

    def copy_(self, other: Self) -> None:
        """Take the values of other changes, of as many images."""
        for field in fields(self):
            getattr(self, field.name).copy_(getattr(other, field.name))

    def to(self, device: torch.device) -> Self:
        return type(self)(**{field.name: getattr(self, field.name).to(device) for field in fields(self)})


def augment(images: Tensor, changes: Changes) -> Tensor:
    """Change each image of a batch as drawn for it.

    Args:
        images: (B, 48, 48, 3) uint8, RGB.
        changes: of B images, on the same device.

    Returns:
        (B, 3, 48, 48) float32, channels_last; a little below 0 or above 1 where it is made darker or brighter.
    """
    place = torch.arange(SIDE, device=images.device)
    rows = _reflected(place - changes.shift[:, :1])  # (B, 48): where each row comes from
    columns = _reflected(place - changes.shift[:, 1:])
    columns = torch.where(changes.mirrored, SIDE - 1 - columns, columns)
    batch = torch.arange(len(images), device=images.device)
    moved = images[batch[:, None, None], rows[:, :, None], columns[:, None, :]]  # (B, 48, 48, 3)
    x = to_input(moved)
    mean = x.mean((1, 2, 3), keepdim=True)
    return (x - mean).mul_(changes.contrast).add_(mean + changes.brightness)


def _reflected(place: Tensor) -> Tensor:
    """Places beyond an edge, seen in a mirror that stands on it: −1 is 1, and 48 is 46."""
    last = SIDE - 1
    return last - (last - place.abs()).abs()


def _uniform(count: int, generator: torch.Generator) -> Tensor:
    return torch.rand(count, 1, 1, 1, generator=generator) * 2 - 1
