"""Pairs of colours for ground and ink, as print, screens and signs have them."""

from __future__ import annotations

import colorsys
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
LUMINANCE = np.array([0.299, 0.587, 0.114], dtype=np.float32)
LEAST_CONTRAST = 0.2
# What signs are painted in: red, orange, yellow, green, teal, blue, violet, each as often as one meets it.
HUES = (0.0, 0.0, 0.0, 0.06, 0.1, 0.13, 0.15, 0.36, 0.45, 0.56, 0.6, 0.61, 0.63, 0.65, 0.75, 0.92)


class Colours(NamedTuple):
    """(3, 1, 1) each, RGB in 0..1."""

    ground: FloatArray
    ink: FloatArray


def rgb(red: float, green: float, blue: float) -> FloatArray:
    """A colour, (3, 1, 1)."""
    return np.array([[[red]], [[green]], [[blue]]], dtype=np.float32)


def luminance(colour: FloatArray) -> float:
    """How bright a colour is as grey, as Pillow counts it (ITU-R BT.601)."""
    return float(LUMINANCE @ colour.ravel())


def any_colour(rng: np.random.Generator) -> FloatArray:
    """Any colour, saturated ones and greys among them."""
    hue, saturation, value = rng.random(3).tolist()
    return rgb(*colorsys.hsv_to_rgb(hue, saturation**0.8, value**0.7))


def _grey(rng: np.random.Generator, extreme: float, other: float, tint: float = 0.03) -> FloatArray:
    level = extreme + (other - extreme) * rng.random() ** 2  # mostly close to black or white
    colour: FloatArray = np.clip(level + tint * rng.standard_normal((3, 1, 1), dtype=np.float32), 0, 1)
    return colour


def _vivid(rng: np.random.Generator, low: float, high: float) -> FloatArray:
    hue, off, saturation, value = rng.random(4).tolist()
    hue = HUES[int(hue * len(HUES))] + 0.05 * (off - 0.5)
    return rgb(*colorsys.hsv_to_rgb(hue % 1, 0.55 + 0.45 * saturation, low + (high - low) * value))


def draw_colours(rng: np.random.Generator) -> Colours:
    """Ground and ink, which differ in brightness at least a little."""
    while True:
        colours = _pair(rng)
        if abs(luminance(colours.ground) - luminance(colours.ink)) >= LEAST_CONTRAST:
            return colours


def _pair(rng: np.random.Generator) -> Colours:
    kind = rng.random()
    if kind < 0.2:  # print, screens
        return Colours(_grey(rng, 1.02, 0.75), _grey(rng, 0.0, 0.4))
    if kind < 0.4:  # its reverse: posters, titles
        return Colours(_grey(rng, -0.02, 0.3), _grey(rng, 1.0, 0.6))
    if kind < 0.6:  # signs: white or yellow on a strong colour
        return Colours(_vivid(rng, 0.25, 0.95), _grey(rng, 1.0, 0.8, 0.06))
    if kind < 0.74:  # a strong colour on white
        return Colours(_grey(rng, 1.02, 0.8), _vivid(rng, 0.2, 0.95))
    if kind < 0.82:  # lit letters
        return Colours(_grey(rng, -0.02, 0.25), _vivid(rng, 0.7, 1.0))
    return Colours(any_colour(rng), any_colour(rng))


def contrasting(colour: FloatArray, against: float, least: float) -> FloatArray:
    """The colour made brighter or darker until it differs from a brightness by this much."""
    level = luminance(colour)
    if abs(level - against) >= least:
        return colour
    goal = against + least if level >= against else against - least
    if not 0 <= goal <= 1:
        goal = against - least if goal > 1 else against + least
    if goal > level:
        return colour + (1 - colour) * np.float32((goal - level) / max(1 - level, 1e-3))
    return colour * np.float32(max(goal, 0.0) / max(level, 1e-3))
