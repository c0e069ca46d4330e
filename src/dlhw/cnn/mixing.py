"""CutMix (Yun et al. 2019, arXiv:1905.04899): a rectangle of another image, and as much of its label.

A network that has memorised its images recognises them by some part. With another image over that part it has
to look at the rest, and to say how much there is of each: it still learns where it would otherwise begin to memorise.
"""

from __future__ import annotations

import torch
from torch import Tensor

from dlhw.cnn.augmentation import Changes


def cut_mix(images: Tensor, targets: Tensor, changes: Changes) -> tuple[Tensor, Tensor]:
    """Paste a square of the image before, in the order of the batch, over each image that is to have one.

    Args:
        images: (B, 3, H, W) float32. The first one's other image is the last.
        targets: (B, classes) float32, a distribution an image.
        changes: of B images; ``patch_centre`` and ``patch_side`` are used.

    Returns:
        the images, (B, 3, H, W) in the same layout, and their targets, (B, classes), mixed by the part of the
        image's area that each has.
    """
    height, width = images.shape[2:]
    rows, columns = (torch.arange(side, device=images.device) + 0.5 for side in (height, width))  # of pixels' middles
    half = changes.patch_side / 2  # (B, 1)
    within_rows = (rows - changes.patch_centre[:, :1]).abs() < half  # (B, H)
    within_columns = (columns - changes.patch_centre[:, 1:]).abs() < half  # (B, W)
    patch = within_rows[:, :, None] & within_columns[:, None, :]  # (B, H, W)
    mixed = torch.where(patch[:, None], images.roll(1, 0), images)
    part = patch.mean((1, 2), dtype=torch.float32)[:, None]  # (B, 1)
    return mixed, targets.lerp(targets.roll(1, 0), part)
