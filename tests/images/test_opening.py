from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dlhw.errors import ImageError
from dlhw.images.opening import open_image, pages
from tests.images.files import noise, saved

GREY = noise()


def opened(content: bytes) -> np.ndarray:
    image = open_image(content)
    assert image.mode == "RGB"
    return np.asarray(image)[..., 0]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(saved(Image.fromarray(GREY.astype(np.uint16) * 257)), id="16 bits"),
        pytest.param(saved(Image.fromarray(GREY.astype(np.uint16))), id="8 bits in 16"),
        pytest.param(saved(Image.fromarray(GREY.astype(np.int32)), "TIFF"), id="8 bits in 32"),
        pytest.param(saved(Image.fromarray(GREY.astype(np.int32) * 257), "TIFF"), id="16 bits in 32"),
        pytest.param(saved(Image.fromarray(GREY.astype(np.int32) * 8_000_000), "TIFF"), id="32 bits, stretched"),
    ],
)
def test_more_than_eight_bits_are_scaled_by_the_range_that_is_used(content: bytes) -> None:
    assert (opened(content) == GREY).all()


def test_values_without_a_white_are_named() -> None:
    with pytest.raises(ImageError, match="floating-point"):
        open_image(saved(Image.fromarray(GREY.astype(np.float32)), "TIFF"))
    with pytest.raises(ImageError, match=r"from -1 to 254"):
        open_image(saved(Image.fromarray(GREY.astype(np.int32).clip(1) - 1 - (GREY == 0)), "TIFF"))


def wide_colour(values: np.ndarray) -> bytes:
    """A PNG of 16 bits a colour, which Pillow reads but does not write."""
    import struct
    import zlib

    height, width, _ = values.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    chunks = (b"IHDR" + struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0), b"IDAT" + zlib.compress(rows), b"IEND")
    packed = (struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk)) for chunk in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def test_sixteen_bits_a_colour_that_hold_eight_are_named_and_not_read_as_black() -> None:
    colours = np.repeat(GREY[..., None], 3, axis=2).astype(np.uint16)
    assert (opened(wide_colour(colours * 257)) == GREY).all()
    with pytest.raises(ImageError, match="16-bit colours all lie below 256"):
        open_image(wide_colour(colours))


@pytest.mark.parametrize(("ink", "ground"), [("black", 255), ("white", 0), ((255, 250, 252), 0)])
def test_ink_on_a_transparent_ground_is_seen_whatever_its_colour(ink: str | tuple[int, ...], ground: int) -> None:
    image = Image.new("RGBA", (40, 20), (0, 0, 0, 0))
    image.paste(ink, (10, 5, 30, 15))
    values = opened(saved(image))
    assert values[0, 0] == ground
    assert abs(int(values[10, 20]) - ground) > 200


def test_letters_cut_out_of_a_white_sheet_are_seen() -> None:
    image = Image.new("RGBA", (40, 20), "white")
    image.paste((255, 255, 255, 0), (10, 5, 30, 15))
    values = opened(saved(image))
    assert (values[0, 0], values[10, 20]) == (255, 0)


@pytest.mark.parametrize("kind", ["TIFF", "GIF", "WEBP", "PNG"])
def test_the_first_page_is_read_and_the_others_are_counted(kind: str) -> None:
    more = [Image.fromarray(noise(seed=seed)) for seed in (1, 2)]
    image = open_image(saved(Image.fromarray(GREY), kind, save_all=True, append_images=more))
    assert pages(image) == 3
    assert pages(open_image(saved(Image.fromarray(GREY), kind))) == 1


def test_a_damaged_later_page_costs_nothing_but_the_count() -> None:
    content = saved(Image.fromarray(GREY), "TIFF", save_all=True, append_images=[Image.fromarray(noise(seed=1))])
    image = open_image(content[: len(content) // 2 + 200])
    assert (np.asarray(image)[..., 0] == GREY).all()
    assert pages(image) >= 1


HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(40)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("word.heic", HEIC, "HEIC format, which cannot be opened here: convert it to PNG or JPEG first"),
        ("photo.jpg", HEIC, "HEIC format"),
        ("word.heic", b"\0" * 50, "HEIC format"),
        ("word.heic", b"hello", "not an image"),
        ("word.pdf", b"%PDF-1.4\n%", "PDF format, which cannot be opened here: render it as PNG first"),
        ("word.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG format"),
        ("word.svg", b"<?xml version='1.0'?>\n<!-- drawn -->\n<svg/>", "SVG format"),
        ("word.png", b"<!DOCTYPE html><html>", "an HTML page: a web page was saved"),
        ("word.jxl", b"\xff\x0a" + bytes(40), "JPEG XL format"),
        ("word.png", b"", "the file is empty"),
        ("word.png", b"hello", "not an image"),
    ],
    ids=range(11),
)
def test_formats_that_cannot_be_opened_are_called_by_their_names(
    name: str, content: bytes, reason: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ImageError) as caught:
        open_image(path)
    assert caught.value.reason.startswith(reason)
