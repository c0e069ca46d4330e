"""How ink lies on its ground: flat, graded or worn, with an outline, a shadow, a glow, or cut in relief."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter

from dlhw.ocr.rendering.drawing.colours import FloatArray, any_colour, contrasting, luminance, rgb
from dlhw.ocr.rendering.drawing.grounds import field
from dlhw.ocr.rendering.drawing.lettering import Mask, thicken
from dlhw.ocr.rendering.drawing.textures import FINE, texture

UNIT = np.float32(1 / 255)


def lay(image: FloatArray, colour: FloatArray, cover: FloatArray) -> None:
    """Cover the image, in place, with a colour wherever the mask, (h, w) in 0..1, says."""
    image += (colour - image) * cover


def lay_word(rng: np.random.Generator, image: FloatArray, mask: Mask, ink: FloatArray, contrast: float) -> None:
    """Set the word on its ground, in place, in one of the ways that signs and pages have.

    Args:
        rng: what is drawn from.
        image: (3, h, w) float32 from 0 to 1, the ground; what is drawn goes there.
        mask: (h, w) uint8, 255 where a letter covers a pixel.
        ink: (3, 1, 1) float32, the letters' colour.
        contrast: between ground and ink, in luminance from 0 to 1.
    """
    height, width = mask.shape
    pixel = height / 32  # lengths below are for an image of 32 rows
    effect = rng.random()
    if effect < 0.13:
        _lay_shadow(rng, image, mask, pixel)
    elif effect < 0.21:
        ground = image.mean(axis=(1, 2), keepdims=True)
        edge = any_colour(rng)
        if rng.random() < 0.5:
            edge = contrasting(edge, luminance(ground), 0.25)
        edge = contrasting(edge, luminance(ink), 0.2)
        lay(image, edge, thicken(mask, pixel * (0.5 + 1.4 * rng.random())) * UNIT)
    elif effect < 0.24:
        halo = Image.fromarray(thicken(mask, pixel)).filter(ImageFilter.BoxBlur(pixel * (1.2 + 3.5 * rng.random())))
        lay(image, any_colour(rng), np.asarray(halo) * (UNIT * np.float32(0.7)))
    elif effect < 0.26:
        mask = _hollow(mask, pixel)
    cover = mask * UNIT
    if effect > 0.94:  # in relief: ground and letters of one colour, distinguished by light and shade
        _cut(rng, image, mask, ink, pixel, contrast)
        return
    fill = rng.random()
    paint = ink
    if fill < 0.1:  # graded, from top to bottom mostly
        rows, columns = (2, 1) if rng.random() < 0.7 else (2, 3)
        step = np.float32(0.75 * contrast) * (any_colour(rng) - 0.5)
        paint = ink + step * field(rng, height, width, rows, columns)
    elif fill < 0.2:  # worn, printed badly, painted on wood
        wear = texture(rng, height, width, FINE)
        if rng.random() < 0.5:
            cover = cover * np.clip(1.15 - np.float32(0.32) * np.maximum(wear, 0), 0.35, 1)
        else:
            paint = ink + wear * np.float32(0.25 * contrast)
    elif fill < 0.26:  # thin ink
        cover = cover * np.float32(0.6 + 0.35 * rng.random())
    lay(image, paint, cover)


def _lay_shadow(rng: np.random.Generator, image: FloatArray, mask: Mask, pixel: float) -> None:
    """A dark copy of the letters, a little off, soft or hard."""
    shadow = mask
    if rng.random() < 0.6:
        shadow = np.asarray(Image.fromarray(mask).filter(ImageFilter.BoxBlur(pixel * (0.3 + 1.8 * rng.random()))))
    away = pixel * (0.6 + 1.6 * rng.random())
    right = round(away) if rng.random() < 0.8 else -round(away)
    down = round(away * (0.4 + rng.random()))
    colour = rgb(0, 0, 0) if rng.random() < 0.75 else any_colour(rng)
    lay(image, colour, shift(shadow, down, right) * (UNIT * np.float32(0.35 + 0.6 * rng.random())))


def shift(mask: Mask, down: int, right: int) -> Mask:
    """A copy, moved; zeros come in from the sides."""
    height, width = mask.shape
    moved = np.zeros_like(mask)
    target = moved[max(down, 0) : height + min(down, 0), max(right, 0) : width + min(right, 0)]
    target[:] = mask[max(-down, 0) : height - max(down, 0), max(-right, 0) : width - max(right, 0)]
    return moved


def _hollow(mask: Mask, pixel: float) -> Mask:
    """The letters' outlines alone."""
    return thicken(mask, max(1.0, 0.9 * pixel)) - (mask // 8) * 7


def _cut(
    rng: np.random.Generator, image: FloatArray, mask: Mask, ink: FloatArray, pixel: float, contrast: float
) -> None:
    """Letters embossed in the ground or carved into it."""
    depth = max(1, round(0.9 * pixel))
    down, right = depth, depth if rng.random() < 0.5 else -depth
    slope = shift(mask, down, right).astype(np.float32) - shift(mask, -down, -right)
    if rng.random() < 0.4:
        slope = -slope
    body = 0.85 if rng.random() < 0.7 else 0.4
    lay(image, ink, mask * (UNIT * np.float32(body)))
    image += slope * (UNIT * np.float32(0.2 + 0.35 * contrast + 0.15 * rng.random()))
