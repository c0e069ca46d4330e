"""What letters may be made of: for each material its paint, (3, h, w), and where it covers the ground, (h, w)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from dlhw.ocr.rendering.drawing.colours import FloatArray, any_colour
from dlhw.ocr.rendering.drawing.inks import UNIT
from dlhw.ocr.rendering.drawing.lettering import Mask
from dlhw.ocr.rendering.drawing.textures import SCENES, texture

Material = Callable[[np.random.Generator, Mask, FloatArray, float], tuple[FloatArray, FloatArray]]


def _covered(mask: Mask) -> FloatArray:
    cover: FloatArray = mask * UNIT
    return cover


def mosaic(rng: np.random.Generator, mask: Mask, ink: FloatArray, contrast: float) -> tuple[FloatArray, FloatArray]:
    """Small tiles of several shades with joints between them."""
    height, width = mask.shape
    side = max(2, round(height / (12 + 10 * rng.random())))
    shades = rng.standard_normal((-(-height // side), -(-width // side)), dtype=np.float32)
    tiles = np.repeat(np.repeat(shades, side, axis=0), side, axis=1)[:height, :width]
    joint = (np.arange(height) % side == 0)[:, None] | (np.arange(width) % side == 0)[None, :]
    cover = _covered(mask) * np.where(joint & (side > 2), np.float32(0.45), np.float32(1))
    return ink + tiles * np.float32(0.18 * contrast), cover


def metal(rng: np.random.Generator, mask: Mask, ink: FloatArray, contrast: float) -> tuple[FloatArray, FloatArray]:
    """Bands of light and shade from top to bottom, as polished letters mirror the sky."""
    rows = np.linspace(0, 1, mask.shape[0], dtype=np.float32)[:, None]
    waves = np.sin(rows * np.float32(4 + 5 * rng.random()) + np.float32(6.28 * rng.random()))
    horizon = np.where(rows > 0.35 + 0.3 * rng.random(), np.float32(-0.5), np.float32(0.5))
    return ink + np.float32(0.3 * contrast) * (waves + horizon), _covered(mask)


def striped(rng: np.random.Generator, mask: Mask, ink: FloatArray, contrast: float) -> tuple[FloatArray, FloatArray]:
    """Stripes or a hatching, level or aslant, with more ink than gaps."""
    height, width = mask.shape
    pitch = height / (9 + 9 * rng.random())
    slope = 0.0 if rng.random() < 0.5 else 2 * (rng.random() - 0.5)
    along = np.arange(height)[:, None] + slope * np.arange(width)[None, :]
    line = np.clip(0.75 + 2 * np.sin(along * (2 * np.pi / pitch)), 0, 1).astype(np.float32)
    faint = np.float32(0.2 + 0.4 * rng.random())
    paint: FloatArray = np.broadcast_to(ink, (3, height, width))
    return paint, _covered(mask) * np.maximum(line, faint)


def photograph(rng: np.random.Generator, mask: Mask, ink: FloatArray, contrast: float) -> tuple[FloatArray, FloatArray]:
    """Something else shows within the letters: a scene, in colours around that of the ink."""
    scene = texture(rng, mask.shape[0], mask.shape[1], SCENES) * np.float32(0.28 * contrast)
    other = texture(rng, mask.shape[0], mask.shape[1], SCENES) * np.float32(0.12 * contrast)
    return ink + scene + other * (any_colour(rng) - np.float32(0.5)), _covered(mask)


def dry_paint(rng: np.random.Generator, mask: Mask, ink: FloatArray, contrast: float) -> tuple[FloatArray, FloatArray]:
    """A brush or a stencil that ran out of paint: streaks and specks where the ground shows."""
    wear = texture(rng, mask.shape[0], mask.shape[1], slice(0, 7))
    cover = _covered(mask) * np.clip(1.2 - np.float32(0.3 + 0.25 * rng.random()) * np.maximum(wear, 0), 0.15, 1)
    paint: FloatArray = np.broadcast_to(ink, (3, *mask.shape))
    return paint, cover.astype(np.float32)


DRAWN_IN: Mapping[str, Material] = MappingProxyType(
    {"mosaic": mosaic, "metal": metal, "striped": striped, "photograph": photograph, "dry paint": dry_paint}
)
