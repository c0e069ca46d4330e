"""Mountain, glacier, forest, sea: four recipes and the features of the land that they share."""

import numpy as np

from dlhw.cnn.scenery.brushes import (
    PIXEL,
    FloatArray,
    X,
    Y,
    along,
    below,
    coverage,
    mix,
    peaks,
    receding,
    smoothstep,
)
from dlhw.cnn.scenery.canvas import Canvas

ROCK = ("4a4640", "6b6258", "8a7a68", "75737a", "5a5f6b", "9a8672")
SNOW = ("f4f6fa", "e6edf6", "fbf6f0")
ICE = ("e4f0f6", "c9e2ee", "d8e8ee", "b4d6e6")
MEADOW = ("5e7a36", "7d8f45", "a39a55", "6d7f4c", "8c7a4a", "4f6b3a")
NEEDLES = ("1f3a2a", "2f4a2c", "3d5636", "29463d")
LEAVES = ("3f6b2a", "6a8f35", "2f5a33", "8f9a3a", "c98a2b", "b5562a", "5a7a3a")
BARK = ("3a2e26", "57463a", "6e5a48", "4a4440", "2c2622")
DEEP = ("12384a", "1d5568", "2a7686", "274a68", "3a6a70", "2f8f9a")
SAND = ("d9c49a", "c8ae84", "b89c78", "8f8474")


def mountains(
    canvas: Canvas,
    foot: FloatArray,
    height: FloatArray,
    snow_line: FloatArray,
    distance: FloatArray | float,
    present: FloatArray | float = 1.0,
) -> None:
    """A range of peaks, light and shadow on their faces, snow above `snow_line` (0 foot, 1 top; above 1 none)."""
    rough = canvas.wander(6, 4)
    ridge = foot - height * (0.95 * peaks(canvas.rng, canvas.count, 5, (1.0, 3.2)) + 0.28 * rough)
    mask = below(ridge) * (Y < foot + 0.25)
    depth = np.clip(Y - ridge, 0, 1)
    # A face is lit or dark as the ridge above it rises or falls; the spurs wander as they come down.
    spurs = canvas.noise(5, 8, 3)
    slope = along(np.gradient(ridge, PIXEL, axis=-1), X + (spurs - 0.5) * (0.9 * depth + 0.04))
    crags = canvas.noise(14, 16, 2)
    sunlight = np.clip(0.48 + 0.55 * slope * canvas.from_the_sun() + 0.9 * (crags - 0.5), 0, 1)
    altitude = (foot - Y) / height
    hold = altitude + 0.5 * (crags - 0.5) + 0.35 * (spurs - 0.5)
    white = smoothstep(snow_line - 0.06, snow_line + 0.06, hold)[:, None]
    rock = canvas.colour(*ROCK) * (0.75 + 0.5 * spurs[:, None])
    scree = mix(rock, canvas.colour(*MEADOW), smoothstep(0.35, 0.0, altitude)[:, None] * 0.7)
    face = canvas.lit(mix(scree, canvas.colour(*SNOW), white), sunlight)
    veil = distance * (0.65 + 0.35 * smoothstep(height * 0.2, height, depth))
    canvas.lay(canvas.hazed(face, veil), mask * present)


def hills(
    canvas: Canvas,
    top: FloatArray,
    roll: FloatArray | float,
    colour: FloatArray,
    distance: FloatArray | float,
    present: FloatArray | float = 1.0,
) -> None:
    """Rounded land from a rolling line down to the lower edge."""
    line = top + roll * canvas.wander(4, 3)
    grain = canvas.noise(12, 8, 3)
    sunlight = np.clip(0.5 + 0.9 * (grain - 0.5) + 0.3 * canvas.from_the_sun() * (X - 0.5), 0, 1)
    land = canvas.lit(colour * (0.8 + 0.4 * canvas.noise(6, 4, 2)[:, None]), sunlight)
    canvas.lay(canvas.hazed(land, distance), below(line) * present)


def firs(
    canvas: Canvas,
    base: FloatArray,
    height: FloatArray,
    number: int,
    distance: FloatArray | float,
    present: FloatArray | float = 1.0,
) -> None:
    """A row of conifers: narrow tents with serrated sides, and dark wood below them."""
    places = (np.arange(number) + canvas.rng.uniform(-0.6, 1.6, (canvas.count, number))) / number
    tops = canvas.rng.uniform(0.55, 1.0, (canvas.count, number))
    reach = canvas.pick(2.6, 4.2)
    tents = (
        tops.astype(np.float32)[..., None] * height - np.abs(X - places.astype(np.float32)[..., None]) * reach
    )
    line = base + 0.06 * canvas.wander(3) - np.maximum(tents.max(axis=1, keepdims=True), 0)
    teeth = np.abs((Y * 11.3 + 2 * X) % 1 - 0.5) * 0.05
    slope = np.gradient(line, PIXEL, axis=-1)
    mask = coverage((Y - line + teeth - 0.012) / np.sqrt(1 + np.minimum(slope**2, 20)), 1.6 * PIXEL)
    boughs = canvas.noise(20, 24, 2)
    sunlight = np.clip(0.35 + 0.12 * slope * canvas.from_the_sun() + 1.1 * (boughs - 0.5), 0, 1)
    needles = canvas.colour(*NEEDLES)
    snowy = canvas.chance(0.18) * smoothstep(0.5, 0.75, boughs)
    wood = canvas.lit(mix(needles * 1.25, canvas.colour(*SNOW), snowy[:, None]), sunlight)
    canvas.lay(canvas.hazed(wood, distance), mask * present)


def water(
    canvas: Canvas, level: FloatArray, present: FloatArray | float = 1.0, swell: FloatArray | float = 1.0
) -> None:
    """Water from `level` down to the lower edge: waves that close up towards the horizon, and the sun's path."""
    light = canvas.light
    down = np.clip((Y - level) / (1 - level), 0, 1)
    eye = canvas.pick(0.05, 0.25)
    depth = np.broadcast_to(1 - np.log1p(down / eye) / np.log1p(1 / eye), (canvas.count, Y.shape[1], 1))
    waves = receding(canvas.noise(20, 5, 3), depth) - 0.5
    ripples = receding(canvas.noise(40, 14, 2), depth) - 0.5
    near = np.clip(down * 3, 0.15, 1)
    relief = (0.9 * waves + 0.6 * ripples) * swell * near
    mirror = mix(light.horizon, light.zenith, (0.25 + 0.6 * down + 0.5 * relief)[:, None])
    body = canvas.lit(canvas.colour(*DEEP), np.clip(0.55 + 1.2 * relief, 0, 1))
    glancing = 0.7 - 0.55 * smoothstep(0.0, 0.8, down) - 0.6 * relief
    sea = mix(body, mirror, np.clip(glancing, 0.05, 0.9)[:, None])
    canvas.lay(sea, coverage(Y - level, PIXEL) * present)
    path = np.exp(-(((X - light.sun_x) / (0.05 + 0.22 * down)) ** 2))
    sparkle = smoothstep(0.0, 0.35, ripples + 0.6 * waves + 0.1) * path * coverage(Y - level)
    canvas.glow(np.clip(light.sun, 0, 1), sparkle * canvas.pick(0.1, 0.9) * present)
    crests = smoothstep(0.36, 0.5, waves * 0.7 + ripples * 0.7) * near * coverage(Y - level)
    canvas.lay(np.clip(light.sun * 0.95, 0, 1), crests * canvas.pick(-0.5, 0.8).clip(0) * present)


def surf(canvas: Canvas, shore: FloatArray, tilt: FloatArray, present: FloatArray | float) -> None:
    """A beach in the foreground: wet sand, and two lines of foam along a curving shore."""
    line = shore + tilt * (X - 0.5) + 0.12 * canvas.wander(3, 3)
    sand = canvas.colour(*SAND) * (0.85 + 0.3 * canvas.noise(12, 12, 3)[:, None])
    foam = np.clip(canvas.light.sun * 0.9 + 0.12, 0, 1)
    lace = canvas.noise(16, 12, 2)
    breaker = line - canvas.pick(0.08, 0.2) + 0.05 * canvas.wander(4)
    canvas.lay(foam, coverage(0.018 + 0.03 * (lace - 0.5) - np.abs(Y - breaker), 2 * PIXEL) * 0.85 * present)
    canvas.lay(canvas.lit(sand * 0.72, 0.6), below(line) * present)
    canvas.lay(canvas.lit(sand, 0.8), coverage(Y - line - 0.1, 6 * PIXEL) * present)
    canvas.lay(foam, coverage(0.022 + 0.05 * (lace - 0.5) - np.abs(Y - line), 2 * PIXEL) * 0.9 * present)


def headland(canvas: Canvas, level: FloatArray, present: FloatArray | float) -> None:
    """Rocks that run into the water from one side."""
    reach = canvas.pick(0.15, 0.7)
    fall = smoothstep(reach, reach - canvas.pick(0.1, 0.5), X)
    line = level + 0.03 - fall * (canvas.pick(0.06, 0.34) + 0.16 * canvas.wander(8, 3))
    foot = level + 0.02 + canvas.pick(0.0, 0.22) * fall + 0.03 * canvas.wander(6)
    cracks = canvas.noise(10, 16, 3)
    stone = canvas.lit(canvas.colour(*ROCK) * (0.7 + 0.6 * cracks[:, None]), np.clip(1.6 * cracks - 0.3, 0, 1))
    grass = canvas.lit(canvas.colour(*MEADOW), 0.6)
    turf = smoothstep(0.08, 0.0, Y - line) * canvas.chance(0.5)
    canvas.lay(
        canvas.hazed(mix(stone, grass, turf[:, None]), 0.25), below(line) * coverage(foot - Y) * fall * present
    )
    foam = np.clip(canvas.light.sun * 0.95, 0, 1)
    canvas.lay(foam, coverage(0.012 - np.abs(Y - foot), 2 * PIXEL) * smoothstep(0.1, 0.5, fall) * 0.6 * present)


def sails(canvas: Canvas, level: FloatArray, present: FloatArray) -> None:
    """A small white sail on the horizon."""
    size = canvas.pick(0.04, 0.16)
    foot = level + 0.5 * size
    up = (foot - Y) / size
    lean = X - canvas.pick(0.1, 0.9)
    cloth = coverage((1 - up) * size * 0.4 - np.abs(lean + 0.12 * size * up)) * coverage(foot - Y)
    canvas.lay(canvas.lit(canvas.colour("fbf8f0", "e8ded0", "c8503c"), 0.9), cloth * present)
    hull = coverage(0.45 * size - np.abs(lean)) * coverage(0.09 * size - np.abs(Y - foot))
    canvas.lay(canvas.lit(canvas.colour("3a2a24", "f0f0f0"), 0.5), hull * present)


def mountain(canvas: Canvas) -> None:
    """Peaks behind peaks, then meadows, a wood, a lake or a snowfield in front."""
    foot = canvas.pick(0.6, 1.0)
    tall = canvas.pick(0.3, 0.65)
    snow_line = canvas.pick(-0.05, 1.25)
    canvas.sky(foot)
    mountains(canvas, foot, tall * canvas.pick(0.9, 1.25), snow_line, canvas.pick(0.6, 1.0), canvas.chance(0.7))
    mountains(canvas, foot, tall, snow_line, canvas.pick(0.1, 0.6))
    ground = mix(canvas.colour(*MEADOW), canvas.colour(*SNOW), canvas.chance(0.25)[:, None])
    hills(canvas, foot - 0.03, canvas.pick(0.1, 0.4), ground, 0.3, canvas.chance(0.75))
    water(canvas, foot + canvas.pick(0.02, 0.15), canvas.chance(0.18), 0.4)
    firs(canvas, foot + canvas.pick(0.02, 0.2), canvas.pick(0.06, 0.24), 12, 0.15, canvas.chance(0.35))


def glacier_tongue(canvas: Canvas) -> None:
    """A river of ice between dark flanks: crevasses across it, moraines along it, snow peaks at its head."""
    head = canvas.pick(0.25, 0.5)
    canvas.sky(head + 0.1)
    mountains(canvas, head + 0.1, canvas.pick(0.15, 0.4), canvas.pick(-0.3, 0.6), canvas.pick(0.3, 0.9))
    down = np.clip((Y - head) / (1 - head), 0, 1)
    depth = np.broadcast_to(down**0.6, (canvas.count, Y.shape[1], 1))
    centre = canvas.pick(0.25, 0.75) + canvas.pick(-0.4, 0.4) * down + 0.1 * np.sin(canvas.pick(2, 6) * (Y + X * 0))
    width = canvas.pick(0.12, 0.5) + canvas.pick(0.0, 0.6) * down
    across = (X - centre) / width
    swell = receding(canvas.noise(9, 6, 3), depth)
    crevasses = smoothstep(0.10, 0.02, np.abs(receding(canvas.noise(26, 5, 2), depth) - 0.5))
    moraine = smoothstep(0.1, 0.03, np.abs(across - canvas.pick(-0.7, 0.7) + 0.1 * (swell - 0.5)))
    ice = mix(canvas.colour(*ICE), canvas.colour(*SNOW), smoothstep(0.45, 0.75, swell)[:, None])
    blue = canvas.colour("4f8fb4", "6fb0cc", "3f7aa0", "86b6c8")
    ice = mix(ice, blue, (crevasses * canvas.pick(0.2, 0.9))[:, None])
    ice = mix(ice, canvas.colour(*ROCK), (moraine * canvas.pick(-0.4, 0.8).clip(0))[:, None])
    flank = canvas.noise(8, 10, 3)
    rock = mix(canvas.colour(*ROCK), canvas.colour(*SNOW), smoothstep(0.55, 0.65, flank + canvas.pick(-0.3, 0.2))[:, None])
    ridge = head + 0.12 - (np.abs(across) - 1).clip(0) * canvas.pick(0.05, 0.5) + 0.1 * canvas.wander(6, 4)
    steep = canvas.lit(rock * (0.7 + 0.6 * flank[:, None]), np.clip(0.5 + 1.4 * (flank - 0.5), 0, 1))
    canvas.lay(canvas.hazed(steep, 0.35 * (1 - down)), coverage(Y - ridge))
    sunlit = np.clip(0.62 + 1.3 * (swell - 0.5), 0, 1)
    tongue = coverage((1 - np.abs(across) + 0.25 * (flank - 0.5)) * width, 3 * PIXEL) * coverage(Y - head - 0.06 * canvas.wander(5))
    canvas.lay(canvas.hazed(canvas.lit(ice, sunlit), 0.4 * (1 - down)), tongue)
    water(canvas, canvas.pick(0.8, 0.98), canvas.chance(0.2), 0.4)


def ice_front(canvas: Canvas) -> None:
    """The edge of the ice over water: a fluted blue cliff, and floes adrift before it."""
    level = canvas.pick(0.5, 0.85)
    canvas.sky(level)
    mountains(canvas, level, canvas.pick(0.15, 0.5), canvas.pick(-0.2, 0.9), canvas.pick(0.4, 1.0), canvas.chance(0.8))
    tall = canvas.pick(0.08, 0.38)
    crest = level - tall * (0.8 + 0.5 * canvas.wander(8, 4)) + canvas.pick(-0.3, 0.3) * (X - 0.5)
    flutes = canvas.noise(4, 22, 2)
    field = canvas.noise(10, 6, 3)
    back = crest - canvas.pick(0.02, 0.2)
    canvas.lay(canvas.hazed(canvas.lit(canvas.colour(*SNOW) * (0.85 + 0.2 * field[:, None]), 0.75), 0.3), below(back + 0.05 * canvas.wander(5)))
    blue = canvas.colour("5a9cc0", "7fbcd2", "4a86ac", "9cc6d4")
    cliff = mix(blue, canvas.colour(*ICE), smoothstep(0.3, 0.65, flutes + 0.3 * (field - 0.5))[:, None])
    canvas.lay(canvas.lit(cliff, np.clip(1.5 * flutes - 0.2, 0, 1)), below(crest))
    canvas.lay(canvas.lit(canvas.colour(*SNOW), 0.9), coverage(0.014 - np.abs(Y - crest), 2 * PIXEL) * 0.8)
    water(canvas, level, 1.0, canvas.pick(0.2, 0.9))
    down = np.clip((Y - level) / (1 - level), 0, 1)
    floes = smoothstep(0.68, 0.76, receding(canvas.noise(16, 8, 2), np.broadcast_to(down**0.5, (canvas.count, Y.shape[1], 1))))
    canvas.lay(canvas.lit(canvas.colour(*ICE), 0.85), floes * coverage(Y - level - 0.03) * canvas.chance(0.7))


def forest_inside(canvas: Canvas) -> None:
    """Among the trunks: layers of them from the mist to near at hand, leaves above, litter and light below."""
    light = canvas.light
    floor = canvas.pick(0.45, 0.8)
    canvas.sky(floor)
    green = canvas.colour(*LEAVES)
    clumps = canvas.noise(7, 7, 3)
    far = canvas.hazed(canvas.lit(green * (0.5 + 0.9 * clumps[:, None]), np.clip(1.5 * clumps - 0.2, 0, 1)), 0.8)
    canvas.lay(far, smoothstep(0.2, 0.5, clumps + canvas.pick(0.0, 0.4)) * 0.9)
    litter = mix(canvas.colour("5a4a2e", "7a5a32", "4a5a2a", "9a6a34", "3f5a30"), canvas.colour(*SNOW), canvas.chance(0.18)[:, None])
    dapple = canvas.noise(16, 7, 3)
    ground = canvas.lit(litter * (0.7 + 0.6 * canvas.noise(22, 16, 2)[:, None]), smoothstep(0.4, 0.8, dapple))
    canvas.lay(canvas.hazed(ground, 0.5 * (1 - Y)), below(floor + 0.08 * canvas.wander(4), 5 * PIXEL))
    path = np.abs(X - canvas.pick(0.2, 0.8) - canvas.pick(-0.3, 0.3) * (Y - floor)) - 0.02 - canvas.pick(0.1, 0.6) * (Y - floor)
    canvas.lay(canvas.lit(canvas.colour("a08a68", "8a7a66", "b8a27c"), 0.55), coverage(-path, 4 * PIXEL) * coverage(Y - floor, 4 * PIXEL) * canvas.chance(0.25))
    bark = canvas.colour(*BARK)
    birch = canvas.chance(0.2)
    bark = mix(bark, canvas.colour("dcd6c8", "c8c4b8"), birch[:, None])
    for number, distance, thickness in ((11, 0.75, 0.012), (7, 0.4, 0.022), (4, 0.05, 0.045)):
        trunks(canvas, bark, birch, number, distance, thickness * canvas.pick(0.7, 1.4), floor + (1 - distance) * 0.25)
    crown = canvas.pick(0.0, 0.5)
    leaves = canvas.noise(9, 9, 3)
    mass = smoothstep(0.42, 0.56, leaves + 1.5 * (crown - Y)) * canvas.chance(0.75)
    canvas.lay(canvas.lit(green * (0.7 + 0.6 * leaves[:, None]), np.clip(1.9 * canvas.noise(20, 20, 2) - 0.5, 0, 1)), mass)
    under = smoothstep(0.5, 0.62, canvas.noise(8, 8, 3) + 1.6 * (Y - canvas.pick(0.85, 1.3)))
    canvas.lay(canvas.lit(canvas.colour(*LEAVES) * 0.9, np.clip(1.6 * dapple - 0.4, 0, 1)), under)
    beams = canvas.noise(2, 10, 2)
    slant = np.clip(along(beams[:, :1], 0.25 + 0.5 * (X + (0.5 - light.sun_x) * 0.6 * Y)) - 0.5, 0, 1)
    canvas.glow(np.clip(light.sun, 0, 1), slant * (1 - 0.6 * Y) * canvas.pick(-0.6, 1.4).clip(0))


def trunks(
    canvas: Canvas, bark: FloatArray, birch: FloatArray, number: int, distance: float, thickness: FloatArray, base: FloatArray
) -> None:
    """One layer of tree trunks, round, leaning a little, standing on `base`."""
    fine = np.linspace(-0.25, 1.25, 288, dtype=np.float32)
    places = ((np.arange(number) + canvas.rng.random((canvas.count, number))) / number * 1.5 - 0.25).astype(np.float32)
    girths = thickness * canvas.rng.uniform(0.6, 1.5, (canvas.count, number, 1)).astype(np.float32)
    offsets = fine - places[..., None]
    nearest = np.abs(offsets / girths).argmin(axis=1)[:, None]
    offset = np.take_along_axis(offsets, nearest, axis=1)
    girth = np.take_along_axis(np.broadcast_to(girths, offsets.shape), nearest, axis=1)
    at = (X + canvas.pick(-0.12, 0.12) * (Y - 0.5) + 0.04 * (canvas.noise(3, 4, 1) - 0.5) + 0.25) / 1.5
    round_ = along(np.clip(offset / girth, -1, 1), at)
    mask = along(coverage(girth - np.abs(offset), 1.3 * PIXEL), at)
    rugged = canvas.noise(8, 48, 1)
    marks = smoothstep(0.66, 0.76, canvas.noise(30, 16, 1))[:, None] * birch[:, None]
    stem = mix(bark * (0.75 + 0.5 * rugged[:, None]), bark * 0.2, marks)
    sunlight = np.clip(0.4 + 0.6 * round_ * canvas.from_the_sun() + 0.3 * (rugged - 0.5), 0, 1)
    foot = base + 0.05 * canvas.wander(9, 1) - 0.02
    canvas.lay(canvas.hazed(canvas.lit(stem, sunlight), distance), mask * coverage(foot - Y, 3 * PIXEL))


def forest_edge(canvas: Canvas) -> None:
    """A wood seen from outside: rows of conifers up a slope, each darker and taller than the one behind."""
    top = canvas.pick(0.2, 0.6)
    canvas.sky(top + 0.1)
    mountains(canvas, top + 0.12, canvas.pick(0.1, 0.4), canvas.pick(0.0, 1.2), canvas.pick(0.5, 1.0), canvas.chance(0.45))
    step = canvas.pick(0.08, 0.2)
    for row, (number, distance) in enumerate(((20, 0.9), (15, 0.6), (10, 0.35), (7, 0.1))):
        tall = canvas.pick(0.08, 0.2) + 0.07 * row
        firs(canvas, top + step * (row + 0.7), tall, number, distance)
    ground = mix(canvas.colour(*MEADOW), canvas.colour(*SNOW), canvas.chance(0.25)[:, None])
    hills(canvas, canvas.pick(0.75, 1.1), 0.15, ground, 0.05, canvas.chance(0.6))
    water(canvas, canvas.pick(0.72, 0.95), canvas.chance(0.15), 0.4)


def sea(canvas: Canvas) -> None:
    """Open water to the horizon, now and then with a coast beyond, rocks, a beach or a sail."""
    level = canvas.pick(0.22, 0.68)
    canvas.sky(level)
    mountains(canvas, level + 0.01, canvas.pick(0.06, 0.4), canvas.pick(0.1, 1.8), canvas.pick(0.5, 1.0), canvas.chance(0.35))
    water(canvas, level, 1.0, canvas.pick(0.3, 1.6))
    sails(canvas, level, canvas.chance(0.2))
    headland(canvas, level, canvas.chance(0.4))
    surf(canvas, canvas.pick(0.7, 1.02), canvas.pick(-0.5, 0.5), canvas.chance(0.4))
