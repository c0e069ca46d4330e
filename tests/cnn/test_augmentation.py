from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from dlhw.cnn.augmentation import Changes, augment
from dlhw.cnn.network import to_input
from dlhw.cnn.recipe import STRONG


@pytest.fixture(scope="module")
def images() -> Tensor:
    return torch.randint(0, 256, (6, 48, 48, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


def unchanged(count: int) -> Changes:
    return Changes(
        mirrored=torch.zeros(count, 1, dtype=torch.bool),
        shift=torch.zeros(count, 2, dtype=torch.int64),
        brightness=torch.zeros(count, 1, 1, 1),
        contrast=torch.ones(count, 1, 1, 1),
        patch_centre=torch.zeros(count, 2),
        patch_side=torch.zeros(count, 1),
    )


def test_without_changes_an_image_is_what_evaluation_sees(images: Tensor) -> None:
    torch.testing.assert_close(augment(images, unchanged(6)), to_input(images), rtol=0, atol=1e-6)
    assert augment(images, unchanged(6)).is_contiguous(memory_format=torch.channels_last)


@given(down=st.integers(-4, 4), right=st.integers(-4, 4), mirrored=st.booleans())
def test_a_shift_is_padding_by_reflection_and_cutting(images: Tensor, down: int, right: int, mirrored: bool) -> None:
    changes = replace(
        unchanged(6),
        shift=torch.tensor([[down, right]]).expand(6, 2),
        mirrored=torch.full((6, 1), mirrored),
    )
    whole = to_input(images).flip(3) if mirrored else to_input(images)
    padded = torch.nn.functional.pad(whole, (4, 4, 4, 4), mode="reflect")
    expected = padded[:, :, 4 - down : 52 - down, 4 - right : 52 - right]
    torch.testing.assert_close(augment(images, changes), expected, rtol=0, atol=1e-6)


def test_brightness_and_contrast_move_the_mean_and_the_differences(images: Tensor) -> None:
    changes = replace(unchanged(6), brightness=torch.full((6, 1, 1, 1), 0.1), contrast=torch.full((6, 1, 1, 1), 0.5))
    before, after = to_input(images), augment(images, changes)
    mean = before.mean((1, 2, 3), keepdim=True)
    torch.testing.assert_close(after, mean + 0.1 + (before - mean) / 2, rtol=0, atol=1e-6)


@given(seed=st.integers(0, 2**32 - 1))
def test_what_is_drawn_stays_within_the_recipe_and_depends_on_the_seed_alone(seed: int) -> None:
    one, other = (Changes.draw(50, STRONG, torch.Generator().manual_seed(seed)) for _ in range(2))
    assert all(torch.equal(getattr(one, name), getattr(other, name)) for name in vars(one))
    assert one.shift.abs().max() <= STRONG.shift
    assert one.brightness.abs().max() <= STRONG.brightness
    assert (one.contrast - 1).abs().max() <= STRONG.contrast + 1e-6


def test_changes_are_cut_as_batches_are() -> None:
    whole = Changes.draw(10, STRONG, torch.Generator().manual_seed(1))
    assert torch.equal(whole[3:7].shift, whole.shift[3:7])
    assert len(whole[3:7].mirrored) == 4
