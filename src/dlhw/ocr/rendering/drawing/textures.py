"""A small bank of surfaces, made once in each process from a fixed seed: paper, plaster, wood, cloth, scenery."""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray
from PIL import Image

FloatArray = NDArray[np.float32]
SIDE = (256, 512)
SEED = 20_240_229


def texture(rng: np.random.Generator, height: int, width: int, kinds: slice = slice(None)) -> FloatArray:
    """(height, width) of mean about 0 and standard deviation about 1, from a random place of a random surface."""
    surfaces = bank()[kinds]
    surface = surfaces[int(rng.random() * len(surfaces))]
    zoom = 0.35 + 1.5 * rng.random()
    rows = min(max(int(height * zoom), 4), SIDE[0])
    columns = min(max(int(width * zoom), 4), SIDE[1])
    y, x = int(rng.random() * (SIDE[0] - rows + 1)), int(rng.random() * (SIDE[1] - columns + 1))
    window = Image.fromarray(np.ascontiguousarray(surface[y : y + rows, x : x + columns]))
    part = np.asarray(window.resize((width, height), Image.Resampling.BILINEAR))
    return part[::-1] if rng.random() < 0.5 else part


FINE = slice(0, 9)
SCENES = slice(9, None)


@functools.cache
def bank() -> tuple[FloatArray, ...]:
    """Surfaces, (256, 512) each: first the fine ones, then those that look like scenery out of focus."""
    rng = np.random.default_rng(SEED)
    y, x = np.mgrid[: SIDE[0], : SIDE[1]].astype(np.float32)
    surfaces = [
        _noise(rng, 0.4),  # paper
        _noise(rng, 0.9),  # plaster
        _noise(rng, 1.3),  # concrete
        _noise(rng, 1.0, stretch=12.0),  # wood, brushed metal
        _noise(rng, 0.7, stretch=0.12),  # the same upright
        np.sin(x * 1.3) * np.sin(y * 1.3) + 0.5 * _noise(rng, 0.5),  # cloth
        np.where(_noise(rng, 1.0) > 1.1, 2.5, 0) + 0.3 * _noise(rng, 0.5),  # specks, peeled paint
        np.minimum(np.abs((y % 24) - 1), np.abs(((x + 18 * (y // 24 % 2)) % 37) - 1)).clip(0, 2) * 0.7
        + 0.4 * _noise(rng, 0.9),  # bricks, tiles
        np.sign(np.sin(y * 0.42)) + 0.2 * _noise(rng, 0.8),  # boards, blinds, ruled paper
        _noise(rng, 1.8),  # clouds, things out of focus
        _noise(rng, 2.2),
        _noise(rng, 1.5) + 1.5 * (_noise(rng, 1.9) > 0.3),  # edges of things
        np.round(2 * _noise(rng, 2.0)),  # flat areas with outlines, as on posters
        _noise(rng, 1.6, stretch=4.0),
        _noise(rng, 1.7, stretch=0.25) + (_noise(rng, 2.0) > 0.6),
    ]
    return tuple(_normalised(surface) for surface in surfaces)


def _noise(rng: np.random.Generator, exponent: float, *, stretch: float = 1.0) -> FloatArray:
    """Noise whose spectrum falls with the frequency to the power of `exponent`, drawn out along the rows."""
    white = np.fft.rfft2(rng.standard_normal(SIDE))
    rows = np.fft.fftfreq(SIDE[0])[:, None] / np.sqrt(stretch)
    columns = np.fft.rfftfreq(SIDE[1])[None] * np.sqrt(stretch)
    frequency = np.hypot(rows, columns)
    frequency[0, 0] = np.inf
    return _normalised(np.fft.irfft2(white / (frequency + 0.004) ** exponent, s=SIDE))


def _normalised(surface: NDArray[np.floating]) -> FloatArray:
    return np.ascontiguousarray((surface - surface.mean()) / surface.std(), dtype=np.float32).clip(-3, 3)
