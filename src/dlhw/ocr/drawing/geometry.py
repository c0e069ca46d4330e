"""Where a word lies in its picture: slant, rotation, perspective, curves, and how tightly it is cut out."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dlhw.ocr.drawing.lettering import Lettering, Mask

MAX_SIDE = 1600


@dataclass(frozen=True, kw_only=True)
class Pose:
    """How a word is seen. Lengths are against the height of its ink."""

    height: int
    """The whole picture's, in pixels."""
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


def draw_pose(rng: np.random.Generator) -> Pose:
    """A pose as crops from photographs and screens have them."""
    chance = rng.random(6).tolist()
    normal = rng.standard_normal(4).tolist()
    tightness = 0.05 + 0.16 * rng.random()
    margins = (tightness * (0.3 + 1.4 * rng.random(4))).tolist()
    if chance[0] < 0.2:  # one side is cut too tight, or has room to spare
        margins[int(chance[0] * 20)] = -0.05 + 0.6 * rng.random() ** 2
    rotation = 0.018 * normal[0]
    if chance[1] < 0.12:
        rotation = 0.085 * normal[0]
    return Pose(
        height=round(20 * (70 / 20) ** rng.random()),
        margins=tuple(margins),
        slant=0.22 * normal[1] if chance[2] < 0.16 else 0.025 * normal[1],
        rotation=min(max(rotation, -0.24), 0.24),
        pinch=(0.13 * normal[2], 0.09 * normal[3]) if chance[3] < 0.2 else (0.0, 0.0),
        arch=0.0 if chance[4] > 0.08 else 0.5 * (rng.random() - 0.35),
        wave=0.0 if chance[5] > 0.06 else 0.03 + 0.1 * rng.random(),
        phase=6.28 * rng.random(),
    )


def plain_pose(rng: np.random.Generator) -> Pose:
    """Straight on, with a little room around."""
    margin = 0.12 + 0.15 * rng.random()
    return Pose(height=32 + int(33 * rng.random()), margins=(margin,) * 4)


def place(lettering: Lettering, pose: Pose) -> tuple[Mask, NDArray[np.float64]]:
    """Bring a word into its pose.

    Returns:
        The mask, (height, W), and the corners of the word's ink in it: (4, 2), clockwise from the upper left.
    """
    mask, (left, top, right, bottom) = lettering
    width, height = right - left, bottom - top
    if pose.arch or pose.wave:
        mask, top, bottom = _bend(mask, (left, top, right, bottom), pose)
        height = bottom - top
    corners = _corners(width / height, pose)
    lows, highs = corners.min(axis=0), corners.max(axis=0)
    x0, y0 = lows[0] - pose.margins[0], lows[1] - pose.margins[1]
    spans = highs[0] + pose.margins[2] - x0, highs[1] + pose.margins[3] - y0
    scale = pose.height / spans[1]
    picture_width = min(max(round(spans[0] * scale), 8), MAX_SIDE)
    corners = (corners - (x0, y0)) * (scale, scale)
    sources = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], dtype=np.float64)
    coefficients = _homography(corners, sources)
    transformed = Image.fromarray(mask).transform(
        (picture_width, pose.height), Image.Transform.PERSPECTIVE, coefficients, Image.Resampling.BILINEAR
    )
    return np.asarray(transformed), corners


def ink_scale(pose: Pose) -> float:
    """About how many pixels high the ink will be."""
    return pose.height / (1 + pose.margins[1] + pose.margins[3])


def _corners(aspect: float, pose: Pose) -> NDArray[np.float64]:
    """(4, 2): a box of height 1 after slant, perspective and rotation, around the origin."""
    half = aspect / 2
    right = 0.5 * math.exp(-pose.pinch[0])
    above = half * math.exp(-pose.pinch[1])
    x = np.array([-above, above, half, -half]) + pose.slant * np.array([0.5, 0.5, -0.5, -0.5])
    y = np.array([-0.5, -right, right, 0.5])
    cosine, sine = math.cos(pose.rotation), math.sin(pose.rotation)
    return np.stack([x * cosine - y * sine, x * sine + y * cosine], axis=1)


def _homography(points: NDArray[np.float64], images: NDArray[np.float64]) -> tuple[float, ...]:
    """The eight numbers of the projective map that takes four points to four others, as Pillow wants them."""
    equations = np.zeros((8, 8))
    equations[:4, 0:2] = equations[4:, 3:5] = points
    equations[:4, 2] = equations[4:, 5] = 1
    equations[:4, 6:] = -points * images[:, :1]
    equations[4:, 6:] = -points * images[:, 1:]
    return tuple(np.linalg.solve(equations, images.T.ravel()).tolist())


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
