"""From paint to an image as a camera or a scanner took it and a web page kept it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from io import BytesIO
from types import MappingProxyType

import numpy as np
from PIL import Image, ImageFilter

from dlhw.ocr.rendering.drawing.colours import FloatArray

Lens = Callable[[np.random.Generator, FloatArray], Image.Image]
"""How good the camera was: as usual, at low resolution, out of focus, in the dark, or not there at all."""


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


def usual(rng: np.random.Generator, paint: FloatArray) -> Image.Image:
    """Everything now and then, as in the homework's words."""
    expose(rng, paint)
    return degrade(rng, develop(paint))


def sharp(rng: np.random.Generator, paint: FloatArray) -> Image.Image:
    """As drawn."""
    return develop(paint)


def low_resolution(rng: np.random.Generator, paint: FloatArray) -> Image.Image:
    """So few pixels that small letters just have their shapes, made larger again, with blur and blocks of JPEG."""
    expose(rng, paint)
    image = develop(paint)
    width, height = image.size
    rows = min(height, 11 + 7 * rng.random())
    image = image.resize((max(4, round(width * rows / height)), round(rows)), Image.Resampling.BOX)
    if rng.random() < 0.35:
        image = image.filter(ImageFilter.GaussianBlur(0.3 + 0.3 * rng.random()))
    back = Image.Resampling.BILINEAR if rng.random() < 0.5 else Image.Resampling.BICUBIC
    return (
        degrade(rng, image.resize((width, height), back)) if rng.random() < 0.3 else image.resize((width, height), back)
    )


def out_of_focus(rng: np.random.Generator, paint: FloatArray) -> Image.Image:
    """Blurred by up to a twelfth of the image's height."""
    expose(rng, paint)
    image = develop(paint)
    return image.filter(ImageFilter.GaussianBlur(image.height / 32 * (0.5 + 0.9 * rng.random())))


def dark(rng: np.random.Generator, paint: FloatArray) -> Image.Image:
    """Little light: faint and full of grain."""
    paint *= np.float32(0.2 + 0.4 * rng.random())
    paint += np.float32(0.3 * rng.random())
    paint += np.float32(0.015 + 0.025 * rng.random()) * rng.standard_normal(paint.shape, dtype=np.float32)
    return degrade(rng, develop(paint))


LENSES: Mapping[str, Lens] = MappingProxyType(
    {"usual": usual, "sharp": sharp, "low resolution": low_resolution, "out of focus": out_of_focus, "dark": dark}
)
