"""Any image that Pillow has opened as RGB in 8 bits: more bits are scaled, and transparency is laid on a ground."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

HIGHEST = (255, 65_535)
"""The values that mean white. The first that no pixel exceeds is taken, so that 8-bit values stored in 16 or 32 bits
are 8-bit values."""

INVISIBLE = 8
"""Shades of 256. An image with less between its darkest and its lightest pixel shows nothing."""


def to_rgb(image: Image.Image) -> Image.Image:
    """The same image as RGB.

    Raises:
        ValueError: its values have no white: they are floating-point, negative, or 16-bit colour below 256.
    """
    if image.mode.startswith("I"):
        return Image.fromarray(_scaled(np.asarray(image))).convert("RGB")
    if image.mode == "F":
        raise ValueError("its pixels are floating-point numbers, and their value for white is unknown")
    if image.has_transparency_data:
        return _opaque(image.convert("RGBA"))
    return image.convert("RGB")


def _scaled(values: NDArray[np.integer]) -> NDArray[np.uint8]:
    lowest, highest = int(values.min()), int(values.max())
    if lowest < 0:
        raise ValueError(f"its pixels go from {lowest:,} to {highest:,}, and values from 0 on were expected")
    # Beyond 16 bits nobody uses the whole range: the largest value is white.
    white = next((limit for limit in HIGHEST if highest <= limit), highest)
    # In float64: 16-bit integers would overflow, and the quotient is exact enough for 8 bits.
    return (values.astype(np.float64) * 255 // white).astype(np.uint8)


def _opaque(image: Image.Image) -> Image.Image:
    """Lay an RGBA image on white; on black where nothing could be seen on white, as with white ink."""
    on_white = _laid_on(image, "white")
    if _contrast(on_white) >= INVISIBLE:
        return on_white
    on_black = _laid_on(image, "black")
    return on_black if _contrast(on_black) >= INVISIBLE else on_white


def _laid_on(image: Image.Image, colour: str) -> Image.Image:
    return Image.alpha_composite(Image.new("RGBA", image.size, colour), image).convert("RGB")


def _contrast(image: Image.Image) -> int:
    low, high = image.convert("L").getextrema()
    return int(high) - int(low)  # type: ignore[arg-type]
