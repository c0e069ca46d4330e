from __future__ import annotations

import contextlib
import warnings
import zlib
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from dlhw.errors import ImageError, UsageError
from dlhw.ocr.preprocessing import HEIGHT, MAX_WIDTH, MIN_WIDTH, PREPROCESSING, load_image, prepare
from tests.ocr.folders import noise

GREY = noise()
PLAIN = prepare(GREY.convert("RGB"))
SIXTEEN = np.asarray(GREY).astype(np.uint16) * 257


def saved(image: Image.Image, form: str, **options: object) -> bytes:
    buffer = BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(saved(GREY, "PNG"), id="grey"),
        pytest.param(saved(GREY.convert("RGB"), "PNG"), id="RGB"),
        pytest.param(saved(GREY.convert("LA"), "PNG"), id="grey with alpha"),
        pytest.param(saved(GREY.convert("RGBA"), "PNG"), id="RGBA"),
        pytest.param(saved(GREY.convert("P"), "PNG"), id="palette"),
        pytest.param(saved(GREY.convert("P"), "GIF"), id="GIF"),
        pytest.param(saved(GREY.convert("CMYK"), "TIFF"), id="CMYK"),
        pytest.param(saved(Image.fromarray(SIXTEEN), "PNG"), id="16 bits in a PNG"),
        pytest.param(saved(Image.fromarray(SIXTEEN), "TIFF"), id="16 bits in a TIFF"),
        pytest.param(saved(Image.fromarray(SIXTEEN.astype(np.int32)), "TIFF"), id="32-bit integers"),
        pytest.param(saved(GREY, "TIFF", save_all=True, append_images=[noise(seed=1)]), id="first page of several"),
        pytest.param(saved(GREY, "GIF", save_all=True, append_images=[noise(seed=1)]), id="first frame of several"),
        pytest.param(saved(GREY, "BMP"), id="BMP"),
        pytest.param(saved(GREY.convert("RGB"), "WEBP", lossless=True), id="WebP"),
    ],
)
def test_every_mode_is_the_same_image(content: bytes) -> None:
    image = load_image(content)
    assert image.mode == "RGB"
    assert (prepare(image) == PLAIN).all()


def test_one_bit_is_black_and_white() -> None:
    bits = noise().convert("1")
    assert (prepare(load_image(saved(bits, "PNG"))) == prepare(bits.convert("RGB"))).all()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_cameras_rotation_is_applied(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = saved(GREY.convert("RGB"), "PNG", exif=exif)
    upright = ImageOps.exif_transpose(Image.open(BytesIO(content)))
    assert (upright.size == GREY.size) == (orientation < 5)
    assert (prepare(load_image(content)) == prepare(upright)).all()


def test_transparency_is_laid_on_white() -> None:
    image = noise().convert("RGBA")
    image.paste((255, 0, 0, 0), (0, 0, 30, 40))
    expected = image.convert("RGB")
    expected.paste("white", (0, 0, 30, 40))
    assert (prepare(load_image(saved(image, "PNG"))) == prepare(expected)).all()
    half = Image.new("RGBA", (60, 40), (0, 0, 0, 128))
    assert set(prepare(load_image(saved(half, "PNG"))).flat) == {127}


@given(width=st.integers(4, 400), height=st.integers(4, 200), seed=st.integers(0, 9))
def test_training_and_reading_see_the_same(
    width: int, height: int, seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    image = noise(width, height, seed).convert("RGB")
    path = tmp_path_factory.mktemp("images") / "word.png"
    image.save(path)
    prepared = prepare(image)
    assert (prepare(load_image(path)) == prepared).all()
    assert (prepare(load_image(path.read_bytes())) == prepared).all()
    assert prepared.dtype == np.uint8
    assert prepared.shape == (HEIGHT, min(max(round(width * HEIGHT / height), MIN_WIDTH), MAX_WIDTH))


def test_an_image_of_the_right_height_is_kept_as_it_is() -> None:
    image = noise(90, 32)
    assert (prepare(image) == np.asarray(image)).all()
    assert str(HEIGHT) in PREPROCESSING


def claims(width: int, height: int) -> bytes:
    """A PNG whose header claims a size and whose pixels are missing."""
    content = bytearray(saved(Image.new("1", (8, 8)), "PNG")[:33])
    content[16:24] = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    content[29:33] = zlib.crc32(content[12:29]).to_bytes(4, "big")
    return bytes(content) + (100).to_bytes(4, "big") + b"IDAT"


NOISE = saved(noise(100, 100), "PNG")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b"", "the file is empty", id="empty"),
        pytest.param(b"hello", "not an image", id="text"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG format", id="SVG"),
        pytest.param(NOISE[:5000], "truncated", id="truncated PNG"),
        pytest.param(saved(noise(100, 100), "JPEG")[:3000], "truncated", id="truncated JPEG"),
        pytest.param(NOISE[:25], "", id="truncated header"),
        pytest.param(saved(noise(1, 1), "PNG"), "1×1 pixels are too few", id="one pixel"),
        pytest.param(saved(noise(50, 1), "PNG"), "50×1 pixels are too few", id="one row"),
        pytest.param(saved(noise(1, 50), "PNG"), "1×50 pixels are too few", id="one column"),
        pytest.param(saved(Image.new("L", (30_000, 32)), "PNG"), "more than 100 times the other", id="wide"),
        pytest.param(saved(Image.new("L", (2, 300)), "PNG"), "more than 100 times the other", id="high"),
        pytest.param(claims(7100, 7100), "7,100×7,100 pixels exceed the limit of 50 megapixels", id="over the limit"),
        pytest.param(claims(10_000, 10_000), "exceed the limit of 50 megapixels", id="where Pillow would warn"),
        pytest.param(claims(60_000, 60_000), "exceeds the limit of 50 megapixels", id="where Pillow would refuse"),
        pytest.param(claims(0, 10), "", id="no width"),
        pytest.param(saved(Image.new("F", (60, 40)), "TIFF"), "floating-point", id="floating point"),
    ],
)
def test_what_cannot_be_read_is_named(content: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "word.png"
    path.write_bytes(content)
    with pytest.raises(ImageError, match=r"word\.png cannot be read") as caught:
        load_image(path)
    assert reason in caught.value.reason
    with pytest.raises(ImageError, match=r"^standard input cannot be read") as from_bytes:
        load_image(content, name="standard input")
    assert from_bytes.value.reason == caught.value.reason


def test_what_is_no_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="cannot be read: No such file"):
        load_image(tmp_path / "nothing.png")
    with pytest.raises(ImageError, match="cannot be read: Is a directory"):
        load_image(tmp_path)


def test_the_limit_can_be_moved() -> None:
    content = saved(Image.new("L", (1100, 1000)), "PNG")
    assert load_image(content, max_megapixels=1.1).size == (1100, 1000)
    with pytest.raises(ImageError, match=r"exceed the limit of 1 megapixels$"):
        load_image(content, max_megapixels=1)
    with pytest.raises(ImageError, match="truncated"):  # its size is allowed, so its pixels are looked for
        load_image(claims(10_000, 10_000), max_megapixels=100)


@pytest.mark.parametrize("limit", [0, -1, 179, float("nan"), float("inf")])
def test_a_limit_out_of_range_is_a_usage_error(limit: float) -> None:
    with pytest.raises(UsageError, match="`max_megapixels` must be above 0 and at most 178"):
        load_image(NOISE, max_megapixels=limit)


def test_extremes_that_can_be_read_are_squeezed_and_stretched() -> None:
    assert prepare(load_image(saved(noise(3200, 32), "PNG"))).shape == (32, 256)
    assert prepare(load_image(saved(noise(2, 200), "PNG"))).shape == (32, 8)


FILES = [saved(noise(20, 20), form) for form in ("PNG", "JPEG", "GIF", "TIFF", "BMP", "WEBP", "PPM")]


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_damaged_file_is_read_or_refused_in_words(data: st.DataObject) -> None:
    content = bytearray(data.draw(st.sampled_from(FILES)))
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, min(len(content) - 1, 200)))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(ImageError):
        assert prepare(load_image(bytes(content), max_megapixels=1)).shape[0] == HEIGHT


def test_threads_leave_the_warnings_as_they_were() -> None:
    before = list(warnings.filters)
    with ThreadPoolExecutor(8) as pool:
        images = list(pool.map(lambda _: prepare(load_image(NOISE)), range(200)))
    assert warnings.filters == before
    assert all((image == images[0]).all() for image in images)
