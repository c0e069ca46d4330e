from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from dlhw.ocr.preprocessing import HEIGHT, MAX_WIDTH, MIN_WIDTH
from dlhw.ocr.second_look.views import View, _sampled, framed, slanted, turned, unrolled, views

WIDTHS = st.integers(MIN_WIDTH, MAX_WIDTH)


def noise(width: int) -> NDArray[np.uint8]:
    return np.random.default_rng(width).integers(40, 200, (HEIGHT, width), dtype=np.uint8)


def seen(view: View, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    points = view(image.shape[1])
    assert points is not None
    return _sampled(image, points)


@given(WIDTHS)
def test_views_are_images_that_the_network_takes(width: int) -> None:
    image = noise(width)
    found = views(image)
    assert 10 <= len(found) <= 14
    for one in found:
        assert one.dtype == np.uint8
        assert one.shape[0] == HEIGHT
        assert MIN_WIDTH <= one.shape[1] <= MAX_WIDTH
        assert image.min() <= one.min() <= one.max() <= image.max(), "nothing is shown that is not in the image"


@given(WIDTHS)
def test_the_whole_frame_is_the_image_itself(width: int) -> None:
    assert (seen(framed(), noise(width)) == noise(width)).all()


def test_a_view_depends_on_nothing_but_its_image() -> None:
    for first, again in zip(views(noise(70)), views(noise(70).copy()), strict=True):
        assert (first == again).all()


def test_a_wide_image_has_no_arc() -> None:
    assert len(views(noise(200))) < len(views(noise(60)))
    assert unrolled(80, down=False)(200) is None


def stroke(rows: NDArray[np.float64]) -> NDArray[np.uint8]:
    """A bright line that is at so many rows from the top in each column."""
    y = np.arange(HEIGHT)[:, None] + 0.5
    return (255 * np.exp(-(((y - rows) / 1.5) ** 2))).astype(np.uint8)


def unevenness(image: NDArray[np.uint8]) -> float:
    """The deviation of the row in which a bright line runs."""
    middle = image[:, image.shape[1] // 4 : -image.shape[1] // 4].astype(float)
    return float((np.arange(HEIGHT) @ middle / middle.sum(axis=0)).std())


@pytest.mark.parametrize("degrees", [-20, -10, 10, 20])
def test_turning_levels_a_line_that_rises_or_falls(degrees: float) -> None:
    x = np.arange(80) + 0.5 - 40
    falling = stroke(HEIGHT / 2 + np.tan(np.radians(degrees)) * x)  # rows count downwards
    assert unevenness(seen(turned(degrees), falling)) < 0.2
    assert unevenness(seen(turned(-degrees), falling)) > 1


@pytest.mark.parametrize("down", [False, True])
@pytest.mark.parametrize("span", [50, 80])
def test_unrolling_levels_an_arc(span: float, down: bool) -> None:
    width, inside = 60, 5
    radius = width / (2 * np.sin(np.radians(span) / 2))
    x = np.arange(width) + 0.5 - width / 2
    rows = radius - np.sqrt((radius - inside) ** 2 - x**2)
    bent = stroke(HEIGHT - rows if down else rows)
    assert unevenness(bent) > 0.5
    assert unevenness(seen(unrolled(span, down=down), bent)) < 0.25


@pytest.mark.parametrize("slant", [-0.25, 0.25])
def test_slanting_moves_strokes(slant: float) -> None:
    upright = np.zeros((HEIGHT, 60), dtype=np.uint8)
    upright[:, 28:32] = 255
    found = seen(slanted(slant), upright).astype(float)
    centres = found @ np.arange(found.shape[1]) / found.sum(axis=1)
    assert (centres[2] - centres[-3]) / (HEIGHT - 5) == pytest.approx(slant, abs=0.03), "to the right at the top"


@pytest.mark.parametrize(("view", "share"), [(framed(cut=0.08), 1 / 0.84), (framed(cut=-0.15), 1 / 1.3)])
def test_framing_keeps_proportions(view: View, share: float) -> None:
    image = np.zeros((HEIGHT, 100), dtype=np.uint8)
    image[12:20, 40:60] = 255
    found = seen(view, image) > 127
    assert found.any(axis=1).sum() == pytest.approx(8 * share, abs=1)
    assert found.any(axis=0).sum() == pytest.approx(20 * share, abs=1)
