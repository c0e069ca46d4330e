"""How bad the camera was: as usual, at low resolution, out of focus, in the dark, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from PIL import Image, ImageFilter

from dlhw.ocr.rendering.drawing.camera import degrade, develop, expose
from dlhw.ocr.rendering.drawing.colours import FloatArray

Lens = Callable[[np.random.Generator, FloatArray], Image.Image]


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
