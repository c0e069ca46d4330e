"""The procedural landscapes, through their public face."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from dlhw.cnn.landscapes import CLASS_NAMES, SIDE, draw_landscapes

Drawing = tuple[NDArray[np.uint8], NDArray[np.uint8]]


@pytest.fixture(scope="module")
def train() -> Drawing:
    return draw_landscapes(1536, seed=1, split="train")


@pytest.fixture(scope="module")
def test() -> Drawing:
    return draw_landscapes(600, seed=1, split="test")


def test_the_classes_of_the_homework() -> None:
    assert CLASS_NAMES == ("buildings", "forest", "glacier", "mountain", "sea", "street")
    assert SIDE == 48


def test_shapes_and_types(test: Drawing) -> None:
    images, labels = test
    assert images.shape == (600, SIDE, SIDE, 3)
    assert labels.shape == (600,)
    assert images.dtype == labels.dtype == np.uint8
    assert images.flags.c_contiguous


def test_no_images() -> None:
    images, labels = draw_landscapes(0, seed=0, split="train")
    assert images.shape == (0, SIDE, SIDE, 3)
    assert labels.shape == (0,)


@pytest.mark.parametrize(
    ("count", "seed", "split", "message"),
    [(-1, 0, "train", "count"), (1, -1, "train", "seed"), (1, 0, "holiday", "train, validation, test")],
)
def test_mistakes_are_named(count: int, seed: int, split: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        draw_landscapes(count, seed=seed, split=split)


@settings(max_examples=4, deadline=None)
@given(count=st.integers(1, 800))
@example(count=385)
def test_a_shorter_drawing_is_a_prefix_of_a_longer_one(train: Drawing, count: int) -> None:
    """A block is 384 images, so that counts end within the first three."""
    images, labels = draw_landscapes(count, seed=1, split="train")
    np.testing.assert_array_equal(images, train[0][:count])
    np.testing.assert_array_equal(labels, train[1][:count])


@pytest.mark.parametrize("seed", [0, 2**40, 2**100])
def test_the_same_seed_draws_the_same_images(seed: int) -> None:
    first, again = (draw_landscapes(12, seed=seed, split="validation")[0] for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_every_seed_and_split_draws_other_images(test: Drawing) -> None:
    images = [test[0]]
    images += [draw_landscapes(192, seed=1, split=split)[0] for split in ("train", "validation")]
    images += [draw_landscapes(192, seed=2, split="test")[0]]
    flat = np.concatenate([part.reshape(len(part), -1) for part in images])
    assert len(np.unique(flat, axis=0)) == len(flat)


def test_classes_are_balanced(train: Drawing) -> None:
    _, labels = train
    np.testing.assert_array_equal(np.bincount(labels), [256] * 6)
    np.testing.assert_array_equal(np.sort(labels[:600].reshape(100, 6)), np.tile(np.arange(6), (100, 1)))


def test_every_image_shows_something(train: Drawing) -> None:
    """No flat image, not even in fog, and neither end of the scale crowded."""
    images, _ = train
    levels = images.reshape(len(images), -1)
    assert levels.std(axis=1).min() > 1.5
    assert 0.25 < levels.mean() / 255 < 0.65
    assert np.mean(levels == 255) < 0.06
    assert np.mean(levels == 0) < 0.06


def test_no_class_has_a_brightness_of_its_own(train: Drawing) -> None:
    """Light and weather are drawn alike for all: between classes, the mean varies less than within one."""
    images, labels = train
    brightness = images.mean(axis=(1, 2, 3))
    by_class = [brightness[labels == label] for label in range(6)]
    assert np.std([part.mean() for part in by_class]) < min(part.std() for part in by_class)


def test_a_linear_model_learns_something_but_stays_under_0_6(train: Drawing, test: Drawing) -> None:
    """Ridge regression on the pixels, in closed form through the smaller of the two Gram matrices."""

    def features(drawing: Drawing) -> NDArray[np.float32]:
        # 24 × 24: halving the side loses a linear model nothing, and costs a fourth.
        images = drawing[0].reshape(-1, SIDE // 2, 2, SIDE // 2, 2, 3).mean(axis=(2, 4), dtype=np.float32)
        flat: NDArray[np.float32] = (images / 255 - 0.5).reshape(len(images), -1).astype(np.float32)
        return flat

    inputs, wanted = features(train), np.eye(6, dtype=np.float32)[train[1]]
    gram = inputs @ inputs.T + 30 * np.eye(len(inputs), dtype=np.float32)
    weights = inputs.T @ np.linalg.solve(gram, wanted - 1 / 6)
    accuracy = np.mean((features(test) @ weights).argmax(axis=1) == test[1])
    assert 0.3 < accuracy < 0.6
