from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dlhw.cnn.preprocessing import read_image
from dlhw.errors import DataError, ImageError


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "CMYK", "1", "I;16"])
@pytest.mark.parametrize("size", [(150, 150), (1, 1), (300, 20), (48, 48)])
def test_every_mode_and_size_becomes_a_square_of_colour(tmp_path: Path, mode: str, size: tuple[int, int]) -> None:
    path = tmp_path / ("a.tif" if mode == "CMYK" else "a.png")
    Image.new(mode, size).save(path)
    image = read_image(path)
    assert image.shape == (48, 48, 3)
    assert image.dtype == np.uint8


def test_pixels_of_the_right_size_are_kept(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (48, 48, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    assert (read_image(tmp_path / "a.png") == pixels).all()


def test_transparency_is_laid_on_white(tmp_path: Path) -> None:
    Image.new("RGBA", (48, 48), (255, 0, 0, 0)).save(tmp_path / "a.png")
    assert (read_image(tmp_path / "a.png") == 255).all()


def test_sixteen_bits_are_scaled(tmp_path: Path) -> None:
    Image.fromarray(np.full((48, 48), 0x8080, dtype=np.uint16)).save(tmp_path / "a.png")
    assert (read_image(tmp_path / "a.png") == 0x80).all()


def test_the_cameras_rotation_is_applied(tmp_path: Path) -> None:
    image = Image.new("RGB", (48, 48))
    image.paste("white", (0, 0, 48, 24))  # the upper half as stored
    exif = Image.Exif()
    exif[0x0112] = 3  # held upside down
    image.save(tmp_path / "a.png", exif=exif)
    turned = read_image(tmp_path / "a.png")
    assert (turned[24:] == 255).all()
    assert (turned[:24] == 0).all()


def test_the_middle_square_is_cut_out(tmp_path: Path) -> None:
    image = Image.new("RGB", (144, 48))
    image.paste("white", (48, 0, 96, 48))
    image.save(tmp_path / "a.png")
    assert (read_image(tmp_path / "a.png") == 255).all()


@pytest.mark.parametrize("kind", ["empty", "text", "truncated", "bomb"])
def test_what_is_no_image_is_named(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.png"
    Image.effect_noise((100, 100), 50).save(path)
    if kind == "bomb":
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 9000)  # 10,000 pixels are now above the limit
    else:
        path.write_bytes({"empty": b"", "text": b"hello", "truncated": path.read_bytes()[:2000]}[kind])
    with pytest.raises(DataError, match=r"a\.png cannot be read"):
        read_image(path)


def test_contents_are_read_as_their_file_is(tmp_path: Path) -> None:
    Image.radial_gradient("L").save(tmp_path / "a.png")
    assert (read_image((tmp_path / "a.png").read_bytes()) == read_image(tmp_path / "a.png")).all()
    with pytest.raises(ImageError, match="sent cannot be read: not an image"):
        read_image(b"hello", name="sent")
