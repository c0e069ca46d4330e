"""Views of the image of one word: closer, wider, slanted, turned, and unrolled from an arc.

A view is a rule that says for every pixel of the new image which point of the old one it shows. So each view is
interpolated once, from the image that the network reads first, and what lies outside repeats the nearest edge.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from dlhw.ocr.preprocessing import HEIGHT, MAX_WIDTH, MIN_WIDTH

Points = NDArray[np.float64]
"""(2, 32, W'): x and y, in pixels of the old image, of what each new pixel shows."""

View = Callable[[int], Points | None]
"""From the old image's width to the points; ``None`` where the view makes no sense for such an image."""

CUT, ADDED = 0.08, 0.15
"""Shares of the height that are cut off, or added, at each edge."""

STRETCH = 1.35
SLANT = 0.25
"""Columns that a letter is moved by, a row of its height."""

TURNS = (-20, -10, 10, 20)
SPANS = (50, 80)
"""Degrees."""

KEPT_OF_TURNED = 0.8
"""Of the height of the rectangle around a turned image: its corners hold nothing of the word."""

SHALLOWEST = 0.25
"""Of the height: a band along an arc that is thinner holds no letters."""


def views(image: NDArray[np.uint8], wanted: slice = slice(None)) -> list[NDArray[np.uint8]]:
    """The same word seen in other ways.

    Args:
        image: (32, W) uint8, as :func:`dlhw.ocr.preprocessing.prepare` makes it.
        wanted: which of the :data:`VIEWS`.

    Returns:
        (32, Wᵢ) uint8 each, 8 ≤ Wᵢ ≤ 256; arcs are left out where the image is too wide for them, so that of all views
        there are ten or more.
    """
    points = (view(image.shape[1]) for view in VIEWS[wanted])
    return [_sampled(image, where) for where in points if where is not None]


def framed(cut: float = 0.0, stretch: float = 1.0) -> View:
    """The image with so much of its height cut off at each edge (added if below 0), its width stretched."""

    def points(width: int) -> Points:
        margin = min(cut * HEIGHT, (width - 1) / 2)
        scale = (HEIGHT - 2 * cut * HEIGHT) / HEIGHT
        columns = _width((width - 2 * margin) / scale * stretch)
        x = margin + _centres(columns) * (width - 2 * margin) / columns
        y = cut * HEIGHT + _centres(HEIGHT) * scale
        return _grid(x, y)

    return points


def slanted(slant: float) -> View:
    """The image with its upright strokes leaning, to the right if above 0."""

    def points(width: int) -> Points:
        wider = width + abs(slant) * HEIGHT
        columns = _width(wider)
        x, y = _grid(_centres(columns) * wider / columns - (wider - width) / 2, _centres(HEIGHT))
        return np.stack([x + slant * (y - HEIGHT / 2), y])

    return points


def turned(degrees: float) -> View:
    """The image turned about its centre, anticlockwise if above 0, without the corners this adds above and below."""
    sine, cosine = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))

    def points(width: int) -> Points:
        across = width * cosine + HEIGHT * abs(sine)
        down = KEPT_OF_TURNED * (HEIGHT * cosine + width * abs(sine))
        columns = _width(across * HEIGHT / down)
        x, y = _grid((_centres(columns) / columns - 0.5) * across, (_centres(HEIGHT) / HEIGHT - 0.5) * down)
        return np.stack([width / 2 + cosine * x - sine * y, HEIGHT / 2 + sine * x + cosine * y])

    return points


def unrolled(span: float, *, down: bool) -> View:
    """The word along an arc made straight.

    Args:
        span: degrees of the arc whose chord is the image's width.
        down: whether the middle of the arc is its lowest point.
    """
    angle = math.radians(span)

    def points(width: int) -> Points | None:
        radius = width / (2 * math.sin(angle / 2))
        depth = HEIGHT - radius * (1 - math.cos(angle / 2))  # of the band between the arc and the opposite edge
        if depth < SHALLOWEST * HEIGHT:
            return None
        columns = _width(0.95 * radius * angle * HEIGHT / depth)
        phi, below = _grid((_centres(columns) / columns - 0.5) * angle, _centres(HEIGHT) * depth / HEIGHT)
        if down:
            below = depth - below
        x = width / 2 + (radius - below) * np.sin(phi)
        y = radius - (radius - below) * np.cos(phi)
        return np.stack([x, HEIGHT - y if down else y])

    return points


def _arcs() -> Iterator[View]:
    for span in SPANS:
        for down in (False, True):
            yield unrolled(span, down=down)


VIEWS: tuple[View, ...] = (
    framed(cut=CUT),
    framed(stretch=STRETCH),
    framed(cut=-ADDED),
    framed(stretch=1 / STRETCH),
    slanted(-SLANT),
    slanted(SLANT),
    *map(turned, TURNS),
    *_arcs(),
)
"""The most useful first; ten make sense for every image. Which were tried, and what they bring: docs/recogniser.md."""


def _sampled(image: NDArray[np.uint8], points: Points) -> NDArray[np.uint8]:
    """(H, W) uint8, (2, 32, W') → (32, W') uint8: bilinear, a pixel's value being that at its centre."""
    height, width = image.shape
    x = (points[0] - 0.5).clip(0, width - 1)
    y = (points[1] - 0.5).clip(0, height - 1)
    left, upper = x.astype(np.intp), y.astype(np.intp)
    right, lower = np.minimum(left + 1, width - 1), np.minimum(upper + 1, height - 1)
    x -= left
    y -= upper
    above = image[upper, left] * (1 - x) + image[upper, right] * x
    below = image[lower, left] * (1 - x) + image[lower, right] * x
    sampled: NDArray[np.uint8] = np.rint(above * (1 - y) + below * y).astype(np.uint8)
    return sampled


def _width(columns: float) -> int:
    return min(max(round(columns), MIN_WIDTH), MAX_WIDTH)


def _centres(count: int) -> NDArray[np.float64]:
    return np.arange(count, dtype=np.float64) + 0.5


def _grid(x: NDArray[np.float64], y: NDArray[np.float64]) -> Points:
    return np.stack(np.meshgrid(x, y))
