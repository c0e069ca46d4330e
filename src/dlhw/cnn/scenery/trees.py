"""Trees: rows of conifers, trunks in the foreground, and the single tree of a street."""

import numpy as np

from dlhw.cnn.scenery import palette
from dlhw.cnn.scenery.brushes import PIXEL, FloatArray, X, Y, along, clip, coverage, mix, smoothstep
from dlhw.cnn.scenery.canvas import Canvas


def firs(canvas: Canvas, base: FloatArray, height: FloatArray, number: int, distance: FloatArray | float) -> None:
    """A row of conifers: narrow tents with serrated sides, and dark wood below them."""
    rng, count = canvas.rng, canvas.count
    jitter = rng.random((count, number), dtype=np.float32) * 2.2 - 0.6
    places = ((np.arange(number, dtype=np.float32) + jitter) / number)[..., None]
    tops = height * (0.55 + 0.45 * rng.random((count, number, 1), dtype=np.float32))
    tents = tops - np.abs(X - places) * canvas.pick(2.6, 4.2)
    line = base + 0.06 * canvas.wander(3) - np.maximum(tents.max(axis=1, keepdims=True), 0)
    slope = np.gradient(line, PIXEL, axis=-1)
    serration = np.abs((Y * 11.3 + 2 * X) % 1 - 0.5) * 0.05 - 0.012
    mask = coverage((Y - line + serration) / np.sqrt(1 + np.minimum(slope**2, 20)), 1.6 * PIXEL)
    boughs = canvas.noise(20, 24, 2)
    sunlight = clip(0.35 + 0.12 * slope * canvas.from_the_sun() + 1.1 * (boughs - 0.5))
    snowed = canvas.chance(0.15) * canvas.pick(0.3, 0.8) * smoothstep(0.45, 0.85, boughs)
    wood = mix(canvas.colour(*palette.NEEDLES) * 1.25, canvas.colour(*palette.SNOW), snowed[:, None])
    canvas.lay(canvas.hazed(canvas.lit(wood, sunlight), distance), mask)


def trunks(
    canvas: Canvas,
    bark: FloatArray,
    birch: FloatArray,
    number: int,
    thickness: FloatArray,
    base: FloatArray,
    distance: float,
) -> None:
    """One layer of tree trunks, round, leaning a little, standing on `base`."""
    rng, count = canvas.rng, canvas.count
    # Along a line finer and wider than the image, every point finds its nearest trunk.
    line = np.linspace(-0.25, 1.25, 288, dtype=np.float32)
    jitter = rng.random((count, number, 1), dtype=np.float32)
    places = (np.arange(number, dtype=np.float32)[:, None] + jitter) / number * 1.5 - 0.25
    girths = thickness * (0.6 + 0.9 * rng.random((count, number, 1), dtype=np.float32))
    offsets = (line - places) / girths
    nearest = np.abs(offsets).argmin(axis=1)[:, None]
    offset = np.take_along_axis(offsets, nearest, axis=1)
    girth = np.take_along_axis(girths, nearest.reshape(count, -1, 1), axis=1).reshape(offset.shape)
    lean = canvas.pick(-0.12, 0.12) * (Y - 0.5) + 0.04 * (canvas.noise(3, 4, 1) - 0.5)
    at = (X + lean + 0.25) / 1.5
    around = along(clip(offset, -1, 1), at)
    mask = along(coverage(girth * (1 - np.abs(offset)), 1.3 * PIXEL), at)

    rugged = canvas.noise(8, 48, 1)
    marks = smoothstep(0.7, 0.95, canvas.noise(30, 16, 1)) * birch
    stem = bark * (0.75 + 0.5 * rugged[:, None]) * (1 - 0.8 * marks[:, None])
    sunlight = clip(0.4 + 0.6 * around * canvas.from_the_sun() + 0.3 * (rugged - 0.5))
    foot = base + 0.05 * canvas.wander(9, 1) - 0.02
    canvas.lay(canvas.hazed(canvas.lit(stem, sunlight), distance), mask * coverage(foot - Y, 3 * PIXEL))


def street_tree(canvas: Canvas, x: FloatArray, foot: FloatArray, size: FloatArray) -> None:
    """A stem under a ragged crown, lit from one side."""
    stem = coverage(0.07 * size - np.abs(X - x), PIXEL) * coverage(foot - Y) * coverage(Y - foot + size)
    canvas.lay(canvas.lit(canvas.colour(*palette.BARK), 0.5), stem)
    leaves = canvas.noise(14, 14, 2) - 0.5
    from_middle = np.sqrt((X - x) ** 2 + (0.8 * (Y - foot + size)) ** 2)
    crown = coverage(size * (0.5 + 0.3 * leaves) - from_middle, 2.5 * PIXEL)
    sunlight = clip(0.5 + 1.2 * leaves + (X - x) / size * canvas.from_the_sun())
    canvas.lay(canvas.lit(canvas.colour(*palette.LEAVES), sunlight), crown)
