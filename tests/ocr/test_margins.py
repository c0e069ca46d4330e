from __future__ import annotations

from pathlib import Path

import matplotlib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from dlhw.ocr.margins import without_margins

FONT = Path(matplotlib.get_data_path()) / "fonts/ttf/DejaVuSans.ttf"


def drawn(margins: tuple[int, int, int, int], *, ground: int = 255, ink: int = 0) -> tuple[Image.Image, list[int]]:
    """A word with blank margins (left, top, right, bottom), and where its ink is."""
    font = ImageFont.truetype(str(FONT), 40)
    left, top, right, bottom = (int(edge) for edge in font.getbbox("street"))
    size = (right - left + margins[0] + margins[2], bottom - top + margins[1] + margins[3])
    image = Image.new("L", size, ground)
    ImageDraw.Draw(image).text((margins[0] - left, margins[1] - top), "street", font=font, fill=ink)
    inked = np.argwhere(np.abs(np.asarray(image).astype(int) - ground) > 24)
    (top, left), (bottom, right) = inked.min(axis=0).tolist(), (inked.max(axis=0) + 1).tolist()
    return image, [left, top, right, bottom]


@given(margins=st.tuples(*[st.integers(0, 150)] * 4), dark=st.booleans())
def test_no_ink_is_cut_and_no_wide_margin_stays(margins: tuple[int, int, int, int], dark: bool) -> None:
    image, (left, top, right, bottom) = drawn(margins, ground=20 if dark else 240, ink=250 if dark else 30)
    box = without_margins(image)
    assert box[0] <= left
    assert box[1] <= top
    assert box[2] >= right
    assert box[3] >= bottom
    assert max(left - box[0], top - box[1], box[2] - right, box[3] - bottom) <= (bottom - top) / 2
    assert without_margins(image.crop(box)) == (0, 0, box[2] - box[0], box[3] - box[1])  # once is enough


def test_a_close_image_is_left_as_it_is() -> None:
    image, _ = drawn((4, 4, 4, 4))
    assert without_margins(image) == (0, 0, *image.size)


def test_noise_of_the_ground_is_blank() -> None:
    image, (left, top, right, _) = drawn((120, 90, 200, 10), ground=200)
    noise = np.random.default_rng(0).normal(0, 4, (image.height, image.width))
    noisy = Image.fromarray((np.asarray(image) + noise).clip(0, 255).astype(np.uint8))
    found = without_margins(noisy)
    assert 0 < left - found[0] < 12
    assert 0 < top - found[1] < 12
    assert 0 < found[2] - right < 12


def test_a_photograph_is_left_as_it_is() -> None:
    across = np.linspace(0, 255, 300)
    image = Image.fromarray(np.tile(across, (80, 1)).astype(np.uint8))
    assert without_margins(image) == (0, 0, 300, 80)


@pytest.mark.parametrize("box", [None, (140, 40, 155, 44), (10, 40, 290, 43)])
def test_what_is_no_word_is_left_in_its_place(box: tuple[int, int, int, int] | None) -> None:
    """A blank image, a dash, a rule."""
    image = Image.new("L", (300, 90), 255)
    if box is not None:
        image.paste(0, box)
    assert without_margins(image) == (0, 0, 300, 90)


def test_a_strip_too_wide_to_read_stays_with_its_margins() -> None:
    image = Image.new("L", (2000, 60), 255)
    image.paste(0, (500, 25, 1900, 34))
    assert without_margins(image) == (0, 0, 2000, 60)
