"""Brushes: soft edges, value noise, fractal noise, ridge lines. They know nothing of light or of scenes.

Coordinates are in image sides, `x` to the right and `y` down, both from 0 to 1 at pixel centres. A mask is
the share of each pixel that a shape covers, so that edges are anti-aliased and never jagged.
"""

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

# float32 at run time; numpy's type stubs lose sight of that as soon as a Python number joins in.
FloatArray = NDArray[np.floating[Any]]

SIDE = 48
PIXEL = 1.0 / SIDE
WHITE: FloatArray = np.ones((1, 3, 1, 1), dtype=np.float32)

_centres = (np.arange(SIDE, dtype=np.float32) + 0.5) / SIDE
X: FloatArray = _centres[None, None, :]
Y: FloatArray = _centres[None, :, None]


def clip(value: FloatArray, low: float = 0.0, high: float = 1.0) -> FloatArray:
    clipped: FloatArray = np.clip(value, low, high)
    return clipped


def mix(first: FloatArray, second: FloatArray, share: FloatArray | float) -> FloatArray:
    """`first` where `share` is 0, `second` where it is 1."""
    return first + (second - first) * share


def smoothstep(low: FloatArray | float, high: FloatArray | float, value: FloatArray) -> FloatArray:
    """0 below `low`, 1 above `high` (or the reverse when high < low), and a smooth cubic between."""
    t = clip((value - low) / (high - low))
    return t * t * (3 - 2 * t)


def coverage(distance: FloatArray, softness: FloatArray | float = 1.4 * PIXEL) -> FloatArray:
    """The mask of a shape from the signed distance to its edge, positive inside."""
    t = clip(distance / softness + 0.5)
    return t * t * (3 - 2 * t)


def stripes(phase: FloatArray, duty: FloatArray | float, softness: FloatArray) -> FloatArray:
    """One stripe in each unit of `phase`, `duty` wide, centred on the half; fades to its mean if too fine."""
    from_centre = np.abs(phase - np.floor(phase) - 0.5)
    pulse = clip((0.5 * duty - from_centre) / softness + 0.5)
    return pulse + (duty - pulse) * smoothstep(0.35, 0.8, softness)


@cache
def _interpolation(knots: int, points: int) -> FloatArray:
    """(points, knots) weights that carry lattice values to pixels with a smooth blend between neighbours."""
    at = (np.arange(points) + 0.5) / points * (knots - 1)
    left = np.minimum(at.astype(int), knots - 2)
    t = at - left
    t = t * t * (3 - 2 * t)
    weights = np.zeros((points, knots), dtype=np.float32)
    weights[np.arange(points), left] = 1 - t
    weights[np.arange(points), left + 1] = t
    return weights


def value_noise(rng: np.random.Generator, count: int, rows: int, columns: int) -> FloatArray:
    """(B, SIDE, SIDE) noise in 0..1: random values on a lattice of rows × columns, smoothly interpolated."""
    field: FloatArray = rng.random((count, rows, columns), dtype=np.float32)
    if columns < SIDE:
        field = field @ _interpolation(columns, SIDE).T
    if rows < SIDE:
        field = _interpolation(rows, SIDE) @ field
    return field


def fractal_noise(rng: np.random.Generator, count: int, rows: int, columns: int, octaves: int) -> FloatArray:
    """Value noise summed over octaves, each twice as fine and 0.55 as strong; spread back to about 0..1."""
    total = np.zeros((count, SIDE, SIDE), dtype=np.float32)
    weight, power = 1.0, 0.0
    for _ in range(octaves):
        total += weight * (value_noise(rng, count, rows, columns) - 0.5)
        power += weight * weight
        weight *= 0.55
        rows, columns = min(2 * rows, SIDE), min(2 * columns, SIDE)
    return 0.5 + total * np.float32(1.1 / np.sqrt(power))


def wander(rng: np.random.Generator, count: int, knots: int, octaves: int) -> FloatArray:
    """(B, 1, SIDE) fractal noise along a line, about −0.5..0.5: the roughness of a ridge or a shore."""
    total = np.zeros((count, SIDE), dtype=np.float32)
    weight = 1.0
    for _ in range(octaves):
        values = rng.random((count, knots), dtype=np.float32) - 0.5
        total += np.float32(weight) * (values @ _interpolation(knots, SIDE).T)
        weight *= 0.5
        knots = min(2 * knots, SIDE)
    return total[:, None, :]


def peaks(rng: np.random.Generator, count: int, number: int, steepness: tuple[float, float]) -> FloatArray:
    """(B, 1, SIDE) heights: the upper envelope of tents; the tallest is 1 high, and none is under 0.35."""
    tops = rng.random((count, number, 1), dtype=np.float32) * (1 - 0.35) + 0.35
    tops /= tops.max(axis=1, keepdims=True)
    places = rng.random((count, number, 1), dtype=np.float32) * 1.3 - 0.15
    slopes = rng.uniform(*steepness, (count, number, 2)).astype(np.float32)
    run = X - places
    falls = np.where(run < 0, slopes[..., :1], slopes[..., 1:])
    heights: FloatArray = (tops - np.abs(run) * falls).max(axis=1, keepdims=True)
    return heights


def below(line: FloatArray, softness: float = 1.4 * PIXEL) -> FloatArray:
    """The mask of all that lies under a (B, 1, SIDE) line of y; steep parts keep an edge one pixel soft."""
    slope = np.gradient(line, PIXEL, axis=-1)
    return coverage((Y - line) / np.sqrt(1 + np.minimum(slope * slope, 60)), softness)


def along(line: FloatArray, at: FloatArray) -> FloatArray:
    """The values of a (B, 1, N) line, which spans 0..1, at the places `at` (B, SIDE, SIDE), interpolated."""
    count, _, points = line.shape
    place = clip(at * points - 0.5, 0, points - 1.001)
    left = place.astype(np.int64)
    first = left + np.arange(count)[:, None, None] * points
    values = line.reshape(-1)
    return mix(values.take(first), values.take(first + 1), (place - left).astype(np.float32))


def receding(texture: FloatArray, depth: FloatArray) -> FloatArray:
    """A texture laid flat: its rows read at `depth` (B, SIDE, 1), 0..1, blending two neighbours."""
    at = clip(depth[:, :, 0]) * (SIDE - 1)
    row = np.minimum(at.astype(np.int64), SIDE - 2)
    each = np.arange(len(texture))[:, None]
    return mix(texture[each, row], texture[each, row + 1], (at - row)[..., None].astype(np.float32))
