from __future__ import annotations

from dataclasses import replace

import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from dlhw.cnn.augmentation import Changes
from dlhw.cnn.mixing import cut_mix
from dlhw.cnn.recipe import STRONG

SIDE = 48


def patches(*where: tuple[float, float, float]) -> Changes:
    """Row and column of the middle, and the side, of each image's square."""
    changes = Changes.draw(len(where), STRONG, torch.Generator().manual_seed(0))
    values = torch.tensor(where)
    return replace(changes, patch_centre=values[:, :2], patch_side=values[:, 2:])


def plain(count: int) -> tuple[Tensor, Tensor]:
    """Images that are their own number everywhere, and a class for each."""
    images = torch.arange(float(count))[:, None, None, None].expand(count, 3, SIDE, SIDE)
    return images.contiguous(memory_format=torch.channels_last), torch.eye(count)


def test_a_square_of_the_image_before_lies_where_it_should() -> None:
    images, targets = plain(3)
    mixed, shares = cut_mix(images, targets, patches((24, 24, 0), (10, 20, 4), (0, 48, 10)))
    expected = images.clone()
    expected[1, :, 8:12, 18:22] = 0
    expected[2, :, :5, 43:] = 1  # what would lie outside is cut off
    assert torch.equal(mixed, expected)
    assert mixed.is_contiguous(memory_format=torch.channels_last)
    area = SIDE * SIDE
    torch.testing.assert_close(shares[0], targets[0])
    torch.testing.assert_close(shares[1], torch.tensor([16 / area, 1 - 16 / area, 0]))
    torch.testing.assert_close(shares[2], torch.tensor([0, 25 / area, 1 - 25 / area]))


@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 9))
def test_a_target_has_as_much_of_each_label_as_there_is_of_each_image(seed: int, count: int) -> None:
    images, targets = plain(count)
    changes = Changes.draw(count, replace(STRONG, cut_mix=1.0), torch.Generator().manual_seed(seed))
    mixed, shares = cut_mix(images, targets, changes)
    seen = F.one_hot(mixed[:, 0].long().flatten(1), count).float().mean(1)  # (B, B): whose pixels there are
    torch.testing.assert_close(shares, seen)
    torch.testing.assert_close(shares.sum(1), torch.ones(count))


def test_as_many_images_are_pasted_over_as_the_recipe_says_and_by_any_part() -> None:
    whole = replace(STRONG, cut_mix=0.5)
    sides = Changes.draw(4000, whole, torch.Generator().manual_seed(3)).patch_side.flatten()
    assert 0.46 < (sides > 0).float().mean() < 0.54
    area = (sides[sides > 0] / SIDE).square().sort().values
    assert (area - torch.linspace(0, 1, len(area))).abs().max() < 0.04  # uniform: Kolmogorov, Smirnov
    none = Changes.draw(4000, replace(STRONG, cut_mix=0.0), torch.Generator().manual_seed(3))
    assert none.patch_side.abs().max() == 0
