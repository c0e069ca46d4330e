"""Where a word lies in its image: slant, rotation, perspective, curves, and how tightly it is cut out."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image

from dlhw.ocr.rendering.drawing.lettering import Lettering, Mask

MAX_SIDE = 1600
SHORT = 4  # letters of a short word
Point = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Pose:
    """How a word is seen. Lengths are against the height of its ink."""

    height: int
    """The whole image's, in pixels."""
    margins: tuple[float, float, float, float]
    """Left, top, right, bottom: background around the ink; negative cuts into it."""
    slant: float = 0.0
    """How far the top leans to the right."""
    rotation: float = 0.0
    """In radians, clockwise."""
    pinch: tuple[float, float] = (0.0, 0.0)
    """Perspective: how much shorter the right side is than the left, and the top than the bottom; −1..1."""
    arch: float = 0.0
    """How far the middle rises above the ends."""
    wave: float = 0.0
    """The height of a wave along the word."""
    phase: float = 0.0
    """Where that wave begins, in radians."""


def draw_pose(letters: int, rng: np.random.Generator) -> Pose:
    """A pose as crops from photographs and screens have them, of a word of so many letters."""
    chance = rng.random(6).tolist()
    normal = rng.standard_normal(4).tolist()
    tightness = 0.05 + 0.16 * rng.random()
    margins = (tightness * (0.3 + 1.4 * rng.random(4))).tolist()
    if chance[0] < 0.2:  # one side is cut too tight, or has room to spare
        margins[int(chance[0] * 20)] = -0.05 + 0.6 * rng.random() ** 2
    rotation = 0.018 * normal[0]
    if chance[1] < 0.12:
        # The crop of a short word stays well filled however far it is turned, and round signs turn them far.
        rotation = (0.25 if letters <= SHORT else 0.085) * normal[0]
    steepest = 0.7 if letters <= SHORT else 0.24
    return Pose(
        height=round(20 * (70 / 20) ** rng.random()),
        margins=tuple(margins),
        slant=0.22 * normal[1] if chance[2] < 0.16 else 0.025 * normal[1],
        rotation=min(max(rotation, -steepest), steepest),
        pinch=(0.13 * normal[2], 0.09 * normal[3]) if chance[3] < 0.2 else (0.0, 0.0),
        arch=0.0 if chance[4] > 0.08 else 0.5 * (rng.random() - 0.35),
        wave=0.0 if chance[5] > 0.06 else 0.03 + 0.1 * rng.random(),
        phase=6.28 * rng.random(),
    )


def plain_pose(rng: np.random.Generator) -> Pose:
    """Straight on, with a little room around."""
    margin = 0.12 + 0.15 * rng.random()
    return Pose(height=32 + int(33 * rng.random()), margins=(margin,) * 4)


def place(lettering: Lettering, pose: Pose) -> Mask:
    """Bring a word into its pose: a mask, (height, W)."""
    mask, (left, top, right, bottom), stretch = lettering
    width, height = right - left, bottom - top
    if pose.arch or pose.wave:
        mask, top, bottom = _bend(mask, (left, top, right, bottom), pose)
        height = bottom - top
    corners = _corners(width * stretch / height, pose)
    x0 = min(x for x, _ in corners) - pose.margins[0]
    y0 = min(y for _, y in corners) - pose.margins[1]
    scale = pose.height / (max(y for _, y in corners) + pose.margins[3] - y0)
    image_width = min(max(round((max(x for x, _ in corners) + pose.margins[2] - x0) * scale), 8), MAX_SIDE)
    corners = [((x - x0) * scale, (y - y0) * scale) for x, y in corners]
    transformed = Image.fromarray(mask).transform(
        (image_width, pose.height),
        Image.Transform.PERSPECTIVE,
        _homography(corners, (left, top, right, bottom)),
        Image.Resampling.BILINEAR,
    )
    return np.asarray(transformed)


# These two are plain Python: for four points numpy takes ten times longer.


def _corners(aspect: float, pose: Pose) -> list[Point]:
    """A box of height 1 after slant, perspective and rotation, around the origin, clockwise from the upper left."""
    half = aspect / 2
    right = 0.5 * math.exp(-pose.pinch[0])
    above = half * math.exp(-pose.pinch[1])
    lean = pose.slant / 2
    box = ((lean - above, -0.5), (lean + above, -right), (half - lean, right), (-half - lean, 0.5))
    cosine, sine = math.cos(pose.rotation), math.sin(pose.rotation)
    return [(x * cosine - y * sine, x * sine + y * cosine) for x, y in box]


def _homography(corners: list[Point], box: tuple[int, int, int, int]) -> tuple[float, ...]:
    """The projective map from an image's four points to the corners of a box in the mask, as Pillow wants it.

    The map from the unit square to the four points is Heckbert's (Fundamentals of Texture Mapping and Image
    Warping, 1989, section 2.2.3); its adjugate leads back, and the unit square is the box when scaled.
    """
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = corners
    dx1, dx2, dx3 = x1 - x2, x3 - x2, x0 - x1 + x2 - x3
    dy1, dy2, dy3 = y1 - y2, y3 - y2, y0 - y1 + y2 - y3
    determinant = dx1 * dy2 - dx2 * dy1
    g, h = (dx3 * dy2 - dx2 * dy3) / determinant, (dx1 * dy3 - dx3 * dy1) / determinant
    a, b, c = x1 - x0 + g * x1, x3 - x0 + h * x3, x0
    d, e, f = y1 - y0 + g * y1, y3 - y0 + h * y3, y0
    back = (
        (e - f * h, c * h - b, b * f - c * e),
        (f * g - d, a - c * g, c * d - a * f),
        (d * h - e * g, b * g - a * h, a * e - b * d),
    )
    left, top, right, bottom = box
    unit = back[2][2]
    u, v, w = ([number / unit for number in row] for row in back)
    across = [left * p + (right - left) * q for p, q in zip(w, u, strict=True)]
    down = [top * p + (bottom - top) * q for p, q in zip(w, v, strict=True)]
    return (*across, *down, w[0], w[1])


def _bend(mask: Mask, box: tuple[int, int, int, int], pose: Pose) -> tuple[Mask, int, int]:
    """Shift columns up and down along a curve; the new top and bottom of the ink come back with the mask."""
    left, top, right, bottom = box
    height, width = bottom - top, max(right - left, 1)
    along = (np.arange(mask.shape[1]) - left) / width
    # An arch over a short word is as round as one over a long word, and so less high.
    arch = pose.arch * min(1.0, width / height / 4)
    curve = arch * (1 - (2 * along.clip(-0.2, 1.2) - 1) ** 2) + pose.wave * np.sin(6.28 * along + pose.phase)
    lift = np.rint(curve * height).astype(np.intp)
    within = lift[max(left, 0) : right]
    highest, lowest = int(within.max()), int(within.min())
    rows = np.arange(mask.shape[0])[:, None] + lift
    bent = np.take_along_axis(mask, rows.clip(0, mask.shape[0] - 1), axis=0)
    return bent, max(top - highest, 0), min(bottom - lowest, mask.shape[0])
