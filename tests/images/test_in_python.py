from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dlhw.errors import ImageError, UsageError
from dlhw.images.in_python import as_image_arguments
from dlhw.images.opening import open_image

ARRAY = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3)


def test_paths_and_images_in_memory_are_taken_together(tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    Image.fromarray(ARRAY).save(file)
    with Image.open(file) as opened:
        found = as_image_arguments([file, str(tmp_path), opened, Image.fromarray(ARRAY), ARRAY[:, :, 0], "gone.png"])
    names = [str(file)] * 3
    assert [one.name for one in found] == [*names, "image 3", "image 4", "gone.png"]
    assert all(one.named for one in found)


@pytest.mark.parametrize("one", [ARRAY, Image.fromarray(ARRAY), ARRAY[:, :, 0], ARRAY[:, ::2]])
def test_a_single_image_is_one_image_of_these_pixels(one: Any) -> None:
    (found,) = as_image_arguments(one)
    assert found.source is not None
    expected = np.asarray(one)
    expected = np.stack([expected] * 3, axis=2) if expected.ndim == 2 else expected
    assert np.array_equal(np.asarray(open_image(found.source)), expected)


def test_any_iterable_of_paths_is_taken(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        Image.fromarray(ARRAY).save(tmp_path / name)
    assert len(as_image_arguments(tmp_path.glob("*.png"))) == 2


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (7, "got 7"),
        (None, "got None"),
        (b"\x89PNG", "got a bytes"),
        ({"a.png": 1}, "got a dict"),
        ([3.5], "got 3.5"),
        (ARRAY.astype(np.float32), r"got an array of float32 of shape \(4, 6, 3\)"),
        (ARRAY[None], r"got an array of uint8 of shape \(1, 4, 6, 3\)"),
        (ARRAY[:0], r"got an array of uint8 of shape \(0, 6, 3\)"),
        ([["a.png"]], "got a list"),
    ],
)
def test_what_is_no_image_is_refused_with_what_is_taken(given: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        as_image_arguments(given)
    assert "a PIL.Image, a numpy array of uint8" in caught.value.hint


def test_an_image_in_memory_is_treated_as_its_file_and_stays_as_it_is(tmp_path: Path) -> None:
    image, exif = Image.fromarray(ARRAY).convert("RGBA"), Image.Exif()
    image.putpixel((0, 0), (0, 0, 0, 0))
    exif[0x0112] = 6  # the camera was turned
    image.save(tmp_path / "turned.png", exif=exif)
    with Image.open(tmp_path / "turned.png") as opened:
        got = open_image(opened)
        assert (opened.mode, opened.size) == ("RGBA", (6, 4))
    assert got.size == (4, 6)
    assert np.array_equal(np.asarray(got), np.asarray(open_image(tmp_path / "turned.png")))


def test_a_file_that_was_opened_and_is_damaged_or_too_large_is_a_row_as_others_are(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(256, size=(64, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "a.png")
    whole = (tmp_path / "a.png").read_bytes()
    (tmp_path / "half.png").write_bytes(whole[: len(whole) // 2])
    with Image.open(tmp_path / "half.png") as opened, pytest.raises(ImageError, match="truncated"):
        open_image(opened, name="half")
    with Image.open(tmp_path / "a.png") as opened, pytest.raises(ImageError, match="exceed the limit"):
        open_image(opened, name="a", max_megapixels=0.001)
