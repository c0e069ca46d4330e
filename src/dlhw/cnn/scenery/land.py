"""Features of the land that several scenes share: mountains, hills, water, and the edges of the sea."""

import numpy as np

from dlhw.cnn.scenery import palette
from dlhw.cnn.scenery.brushes import (
    PIXEL,
    FloatArray,
    X,
    Y,
    along,
    below,
    clip,
    coverage,
    mix,
    peaks,
    receding,
    smoothstep,
)
from dlhw.cnn.scenery.canvas import Canvas


def mountains(
    canvas: Canvas,
    foot: FloatArray,
    height: FloatArray,
    snow_line: FloatArray,
    distance: FloatArray | float,
) -> None:
    """A range of peaks, light and shadow on their faces, snow above `snow_line` (0 the foot, 1 the top)."""
    ridge = foot - height * (0.95 * peaks(canvas.rng, canvas.count, 5, (1.0, 3.2)) + 0.28 * canvas.wander(6, 4))
    depth = clip(Y - ridge)
    # A face is lit or dark as the ridge above it rises or falls; the spurs wander as they come down.
    spurs = canvas.noise(5, 8, 3)
    slope = along(np.gradient(ridge, PIXEL, axis=-1), X + (spurs - 0.5) * (0.9 * depth + 0.04))
    crags = canvas.noise(14, 16, 2)
    sunlight = clip(0.48 + 0.55 * slope * canvas.from_the_sun() + 0.9 * (crags - 0.5))
    altitude = (foot - Y) / height
    hold = altitude + 0.3 * (crags - 0.5) + 0.35 * (spurs - 0.5)
    white = smoothstep(snow_line - 0.12, snow_line + 0.12, hold)
    rock = canvas.colour(*palette.ROCK) * (0.75 + 0.5 * spurs[:, None])
    scree = mix(rock, canvas.colour(*palette.MEADOW), 0.7 * smoothstep(0.35, 0.0, altitude)[:, None])
    face = canvas.lit(mix(scree, canvas.colour(*palette.SNOW), white[:, None]), sunlight)
    veil = distance * (0.65 + 0.35 * smoothstep(height * 0.2, height, depth))
    canvas.lay(canvas.hazed(face, veil), below(ridge))


def hills(
    canvas: Canvas,
    top: FloatArray,
    roll: FloatArray | float,
    colour: FloatArray,
    distance: FloatArray | float,
) -> None:
    """Rounded land from a rolling line down to the lower edge."""
    line = top + roll * canvas.wander(4, 3)
    relief = canvas.noise(6, 5, 4) - 0.5
    sunlight = clip(0.5 + 1.1 * relief + 0.3 * canvas.from_the_sun() * (X - 0.5))
    land = canvas.lit(colour * (0.9 + 0.4 * relief[:, None]), sunlight)
    canvas.lay(canvas.hazed(land, distance), below(line))


def water(canvas: Canvas, level: FloatArray, swell: FloatArray | float) -> None:
    """Water from `level` down to the lower edge: waves that close up with distance, and the sun's path."""
    light = canvas.light
    down = clip((Y - level) / (1 - level))
    eye = canvas.pick(0.05, 0.25)
    depth = 1 - np.log1p(down / eye) / np.log1p(1 / eye)
    waves = receding(canvas.noise(20, 5, 3), depth) - 0.5
    ripples = receding(canvas.noise(40, 14, 2), depth) - 0.5
    near = clip(down * 3, 0.15, 1)
    relief = (0.9 * waves + 0.6 * ripples) * swell * near
    mirror = mix(light.horizon, light.zenith, (0.25 + 0.6 * down + 0.5 * relief)[:, None])
    body = canvas.lit(canvas.colour(*palette.DEEP_WATER), clip(0.55 + 1.2 * relief))
    glancing = clip(0.7 - 0.55 * smoothstep(0.0, 0.8, down) - 0.6 * relief, 0.05, 0.9)
    surface = coverage(Y - level, PIXEL)
    canvas.lay(mix(body, mirror, glancing[:, None]), surface)
    path = np.exp(-(((X - light.sun_x) / (0.05 + 0.22 * down)) ** 2))
    sparkle = smoothstep(0.0, 0.35, ripples + 0.6 * waves + 0.1) * path
    canvas.glow(clip(light.sun), sparkle * surface * canvas.pick(0.1, 0.9))
    crests = smoothstep(0.36, 0.5, 0.7 * (waves + ripples)) * near
    canvas.lay(canvas.foam(), crests * surface * canvas.pick(-0.5, 0.8).clip(0))


def beach(canvas: Canvas) -> None:
    """Sand in the foreground, and two lines of foam along a curving shore."""
    shore = canvas.pick(0.7, 1.02) + canvas.pick(-0.5, 0.5) * (X - 0.5) + 0.12 * canvas.wander(3, 3)
    breaker = shore - canvas.pick(0.08, 0.2) + 0.05 * canvas.wander(4)
    sand = canvas.colour(*palette.SAND) * (0.85 + 0.3 * canvas.noise(12, 12, 3)[:, None])
    lace = 0.04 * (canvas.noise(16, 12, 2) - 0.5)
    canvas.lay(canvas.foam(), 0.85 * coverage(0.018 + lace - np.abs(Y - breaker), 2 * PIXEL))
    canvas.lay(canvas.lit(sand * 0.72, 0.6), below(shore))
    canvas.lay(canvas.lit(sand, 0.8), coverage(Y - shore - 0.1, 6 * PIXEL))
    canvas.lay(canvas.foam(), 0.9 * coverage(0.022 + lace - np.abs(Y - shore), 2 * PIXEL))


def headland(canvas: Canvas, level: FloatArray) -> None:
    """Rocks that run into the water from one side."""
    reach = canvas.pick(0.15, 0.7)
    rise = smoothstep(reach, reach - canvas.pick(0.1, 0.5), X)
    top = level + 0.03 - rise * (canvas.pick(0.06, 0.34) + 0.16 * canvas.wander(8, 3))
    foot = level + 0.02 + rise * canvas.pick(0.0, 0.22) + 0.03 * canvas.wander(6)
    cracks = canvas.noise(10, 16, 3)
    stone = canvas.colour(*palette.ROCK) * (0.7 + 0.6 * cracks[:, None])
    turf = smoothstep(0.08, 0.0, Y - top) * canvas.chance(0.5)
    land = mix(stone, canvas.colour(*palette.MEADOW), turf[:, None])
    land = canvas.hazed(canvas.lit(land, clip(1.6 * cracks - 0.3)), 0.25)
    canvas.lay(land, below(top) * coverage(foot - Y) * smoothstep(0.0, 0.05, rise))
    canvas.lay(canvas.foam(), 0.6 * coverage(0.012 - np.abs(Y - foot), 2 * PIXEL) * smoothstep(0.1, 0.5, rise))


def sail(canvas: Canvas, level: FloatArray) -> None:
    """A small boat under sail on the horizon."""
    size = canvas.pick(0.05, 0.16)
    foot = level + 0.5 * size
    up = (foot - Y) / size
    aside = X - canvas.pick(0.1, 0.9)
    cloth = coverage((1 - up) * size * 0.4 - np.abs(aside + 0.12 * size * up)) * coverage(foot - Y)
    canvas.lay(canvas.lit(canvas.colour(*palette.SAILCLOTH), 0.9), cloth)
    hull = coverage(0.45 * size - np.abs(aside)) * coverage(0.09 * size - np.abs(Y - foot))
    canvas.lay(canvas.lit(canvas.colour(*palette.HULL), 0.5), hull)
