"""From paint to an image as a camera or a scanner took it and a web page kept it."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image, ImageFilter

from dlhw.ocr.rendering.drawing.colours import FloatArray


def expose(rng: np.random.Generator, paint: FloatArray) -> None:
    """Contrast, brightness and grain, in place."""
    chance = rng.random(3).tolist()
    if chance[0] < 0.25:
        gain = np.float32(0.65 + 0.6 * rng.random())
        paint -= 0.5
        paint *= gain
        paint += np.float32(0.5 + (1 - gain) * (rng.random() - 0.5) * 0.8)
    if chance[1] < 0.4:
        amount = np.float32(0.006 + 0.05 * rng.random() ** 3)
        if chance[2] < 0.6:
            paint += amount * rng.standard_normal(paint.shape[1:], dtype=np.float32)
        else:
            paint += (amount * 3) * (rng.random(paint.shape, dtype=np.float32) - np.float32(0.5))


def develop(paint: FloatArray) -> Image.Image:
    """Paint, (3, h, w), as an RGB image."""
    levels = np.clip(paint * 255 + 0.5, 0, 255).astype(np.uint8)
    return Image.fromarray(np.ascontiguousarray(levels.transpose(1, 2, 0)))


def degrade(rng: np.random.Generator, image: Image.Image) -> Image.Image:
    """Low resolution, defocus, motion, sharpening and JPEG's blocks, each now and then.

    Defocus is a box: a third of the time that a Gaussian takes, and over a pixel or two nobody can tell.
    """
    chance = rng.random(6).tolist()
    width, height = image.size
    pixel = height / 32
    if chance[0] < 0.22:
        rows = 12 + 12 * rng.random()
        small = (max(4, round(width * rows / height)), round(rows))
        if rows < height:
            back = Image.Resampling.BICUBIC if chance[1] < 0.7 else Image.Resampling.BILINEAR
            image = image.resize(small, Image.Resampling.BILINEAR).resize((width, height), back)
    elif chance[0] < 0.5:
        image = image.filter(ImageFilter.BoxBlur(pixel * (0.15 + 1.1 * rng.random() ** 2)))
    if chance[2] < 0.05:
        image = _move(image, max(1, round(pixel * (1 + rng.random()))), along=chance[3] < 0.7)
    elif chance[2] < 0.13:
        image = image.filter(ImageFilter.UnsharpMask(0.5 + 1.5 * rng.random(), int(80 + 170 * rng.random()), 0))
    if chance[4] < 0.4:
        buffer = BytesIO()
        image.save(buffer, "JPEG", quality=int(18 + 70 * chance[5]))
        image = Image.open(buffer)
        image.load()
    return image


def _move(image: Image.Image, steps: int, *, along: bool) -> Image.Image:
    """What a moving hand does: the mean of the image and its copies, each one pixel on."""
    levels = np.asarray(image).astype(np.float32)
    total = levels.copy()
    for step in range(1, steps + 1):
        total += np.roll(levels, step, axis=1 if along else 0)
    return Image.fromarray((total / (steps + 1)).astype(np.uint8))
