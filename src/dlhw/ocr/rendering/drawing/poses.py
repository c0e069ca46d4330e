"""Poses of the harder mix: words turned, sheared and seen from the side, and distorted as by cloth or heat."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from PIL import Image

from dlhw.ocr.rendering.drawing.geometry import Pose
from dlhw.ocr.rendering.drawing.lettering import Mask

FAR, SLIGHT = math.radians(30), math.radians(12)
STEEPEST = 0.6
"""Of a shear: 31 degrees."""


def turned(pose: Pose, letters: int, rng: np.random.Generator, *, far: bool = False) -> Pose:
    """Rotated by up to 12 degrees, or 30; less where the word is so long that its letters would become too small."""
    most = min(FAR, 2.9 / max(letters, 1)) if far else min(SLIGHT, 2.2 / max(letters, 1))
    return replace(pose, rotation=most * (2 * rng.random() - 1))


def sheared(pose: Pose, rng: np.random.Generator) -> Pose:
    """Leaning to the right or left by up to 31 degrees."""
    return replace(pose, slant=float(np.clip(0.3 * rng.standard_normal(), -STEEPEST, STEEPEST)))


def from_the_side(pose: Pose, rng: np.random.Generator) -> Pose:
    """In perspective: one end up to 40 % smaller than the other, and the top than the bottom."""
    right, above = (np.array([0.22, 0.12]) * rng.standard_normal(2)).tolist()
    return replace(pose, pinch=(float(np.clip(right, -0.5, 0.5)), float(np.clip(above, -0.3, 0.3))))


def elastic(mask: Mask, rng: np.random.Generator) -> Mask:
    """Move the crossings of a grid about, and what lies between with them."""
    height, width = mask.shape
    rows, columns = 2, max(2, round(1.3 * width / height))
    ys, xs = np.linspace(0, height, rows + 1), np.linspace(0, width, columns + 1)
    most = (0.05 + 0.1 * rng.random()) * height
    moved = (0.6 * most * rng.standard_normal((rows + 1, columns + 1, 2))).clip(-most, most)
    moved[[0, -1], :, 1] *= 0.3  # else the word would leave the image
    sources = np.stack(np.meshgrid(xs, ys), axis=2) + moved  # (rows + 1, columns + 1, 2)
    mesh = []
    for row in range(rows):
        for column in range(columns):
            box = (int(xs[column]), int(ys[row]), int(xs[column + 1]), int(ys[row + 1]))
            corners = [sources[row + r, column + c] for r, c in ((0, 0), (1, 0), (1, 1), (0, 1))]
            mesh.append((box, tuple(float(value) for corner in corners for value in corner)))
    image = Image.fromarray(mask).transform((width, height), Image.Transform.MESH, mesh, Image.Resampling.BILINEAR)
    return np.asarray(image)
