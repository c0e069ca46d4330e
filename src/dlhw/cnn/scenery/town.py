"""Buildings and street: house fronts, seen face on, at a corner, as towers, or along a road in perspective."""

from dataclasses import dataclass

import numpy as np

from dlhw.cnn.scenery.brushes import PIXEL, SIDE, FloatArray, X, Y, coverage, mix, smoothstep, stripes
from dlhw.cnn.scenery.canvas import Canvas, disc
from dlhw.cnn.scenery.nature import LEAVES, MEADOW, SNOW, firs, hills, mountains

PLASTER = np.array(
    [
        list(bytes.fromhex(code))
        for code in (
            "e8d8b4 d9b48a c98a66 b5604a a84a3a e6e2d8 cfc8ba 9a9a98 8fa3ac b8c4b0 d8a24a 7c6a5c 6f7f90 e2c2b0 5c5a62"
        ).split()
    ],
    dtype=np.float32,
) / np.float32(255)
TILES = ("8a4a36", "6a4038", "4a4c54", "5c4a40", "7a3c30", "3c424c")
ASPHALT = ("4a4a4e", "5c5a5a", "6e6c6a", "3c3e46", "7a7068")
PAVING = ("a8a298", "8e8a86", "b8aea0", "98928c")
HOUSES = 8
CELLS = 16


@dataclass(frozen=True)
class Houses:
    """A terrace of `HOUSES` houses for each picture, repeated without end. Lengths are in units of the wall."""

    wall: FloatArray
    """(B, HOUSES, 3)"""
    height: FloatArray
    """(B, HOUSES)"""
    columns: FloatArray
    """(B, HOUSES) windows side by side"""
    storey: FloatArray
    """(B, HOUSES)"""
    lamplight: FloatArray
    """(B, CELLS, CELLS) how brightly each window is lit at night"""


def draw_houses(
    canvas: Canvas, height: FloatArray, unevenness: float, storey: FloatArray, columns: tuple[int, int]
) -> Houses:
    rng, count = canvas.rng, canvas.count
    wall = PLASTER[rng.integers(0, len(PLASTER), (count, HOUSES))]
    # Streets keep to a family of colours.
    wall = mix(wall, wall[:, :1], canvas.pick(0.0, 0.8))
    spread = 1 + unevenness * (rng.random((count, HOUSES), dtype=np.float32) - 0.5)
    return Houses(
        wall=wall * (1 + 0.06 * rng.standard_normal((count, HOUSES, 1), dtype=np.float32)),
        height=height[:, 0] * spread,
        columns=rng.integers(columns[0], columns[1] + 1, (count, HOUSES)).astype(np.float32),
        storey=storey[:, 0] * (1 + 0.25 * (rng.random((count, HOUSES), dtype=np.float32) - 0.5)),
        lamplight=smoothstep(0.45, 0.75, rng.random((count, CELLS, CELLS), dtype=np.float32)),
    )


def facade(
    canvas: Canvas,
    houses: Houses,
    along: FloatArray,
    above: FloatArray,
    grain: tuple[FloatArray | float, FloatArray | float],
    sunlight: FloatArray | float,
) -> tuple[FloatArray, FloatArray]:
    """The colour of a wall and its mask, at `along` (one house a unit) and `above` (height over the pavement).

    `grain` is the size of a pixel along and above, so that windows too small to see fade into the wall.
    """
    grain_along, grain_above = grain
    light = canvas.light
    which = np.floor(along)
    house = which.astype(np.int64) % HOUSES + np.arange(canvas.count)[:, None, None] * HOUSES
    height = houses.height.reshape(-1).take(house)
    storey = houses.storey.reshape(-1).take(house)
    columns = houses.columns.reshape(-1).take(house)
    wall = np.stack([houses.wall[..., k].reshape(-1).take(house) for k in range(3)], axis=1)
    within = along - which

    gable = canvas.pick(-0.4, 0.5).clip(0) * canvas.chance(0.7)
    top = height + gable * (0.5 - np.abs(within - 0.5)) * storey * 2
    tiles = coverage(above - height, 1.5 * grain_above)
    column, floor = within * columns, above / storey
    width, share = canvas.pick(0.35, 0.75), canvas.pick(0.4, 0.75)
    soft_along, soft_above = 1.2 * columns * grain_along, 1.2 * grain_above / storey
    pane = stripes(column, width, soft_along) * stripes(floor, share, soft_above)
    frame = stripes(column, width + 0.22, soft_along) * stripes(floor, share + 0.2, soft_above)
    ground_floor = coverage(storey - above, 1.5 * grain_above)
    cell = (np.floor(floor).astype(np.int64) % CELLS) * CELLS + (np.floor(column) + which * 3).astype(np.int64) % CELLS
    lamp = houses.lamplight.reshape(-1).take(cell + np.arange(canvas.count)[:, None, None] * CELLS * CELLS)

    plaster = wall * (0.9 + 0.2 * canvas.noise(14, 14, 2)[:, None])
    trim = mix(plaster, np.float32(1) + plaster * 0, canvas.pick(-0.3, 0.5)[:, None])
    plaster = mix(plaster, trim, (frame * (1 - ground_floor))[:, None])
    plaster = mix(plaster, plaster * canvas.colour("ffffff", "8a7060", "5a5a62"), ground_floor[:, None])
    seam = coverage(0.035 - np.minimum(within, 1 - within), 1.5 * grain_along) * 0.35
    cornice = coverage(0.12 * storey - np.abs(height - above - 0.06 * storey), 1.5 * grain_above) * 0.4
    plaster = plaster * (1 - np.maximum(seam, cornice)[:, None])
    plaster = mix(plaster, canvas.colour(*TILES) + plaster * 0, tiles[:, None])
    surface = canvas.lit(plaster, sunlight)

    glass = mix(light.shade * 0.45, mix(light.horizon, light.zenith, 0.5), canvas.pick(0.0, 0.55)[:, None])
    glass = glass * (0.7 + 0.6 * lamp[:, None])
    warm = canvas.colour("ffd890", "ffc470", "fff0c8")
    glass = mix(glass, warm, (lamp * light.lamps)[:, None])
    pane = pane * (1 - tiles)
    return mix(surface, glass, pane[:, None]), coverage(top - above, 1.4 * grain_above)


def tree(canvas: Canvas, x: FloatArray, foot: FloatArray, size: FloatArray, present: FloatArray) -> None:
    """A street tree: a stem under a ragged crown."""
    stem = coverage(0.07 * size - np.abs(X - x), PIXEL) * coverage(foot - Y) * coverage(Y - foot + size)
    canvas.lay(canvas.lit(canvas.colour("3a2e26", "57463a"), 0.5), stem * present)
    leaves = canvas.noise(14, 14, 2)
    bulge = np.sqrt((X - x) ** 2 + (0.8 * (Y - foot + size)) ** 2)
    crown = coverage(0.5 * size - bulge + 0.35 * size * (leaves - 0.5), 2 * PIXEL)
    side = (X - x) / size * canvas.from_the_sun()
    sunlight = np.clip(0.5 + 1.2 * (leaves - 0.5) + side, 0, 1)
    canvas.lay(canvas.lit(canvas.colour(*LEAVES), sunlight), crown * present)


def car(canvas: Canvas, x: FloatArray, foot: FloatArray, size: FloatArray, present: FloatArray) -> None:
    """A car from behind or before: body, glass, wheels' shadow, two lamps."""
    paint = canvas.colour("b8322a", "e8e8e8", "2a4a7a", "1e1e22", "c8c8cc", "d8a030", jitter=0.1)
    across, up = np.abs(X - x), (foot - Y) / size
    canvas.lay(canvas.light.shade * 0.25, coverage(0.56 * size - across) * coverage(0.1 * size - np.abs(foot - Y)) * 0.8 * present)
    body = coverage((0.5 - 0.25 * smoothstep(0.4, 0.9, up)) * size - across) * coverage((0.75 - up) * size)
    canvas.lay(canvas.lit(paint, smoothstep(0.0, 0.8, up)), body * coverage((up - 0.08) * size) * present)
    glass = coverage(0.3 * size - across) * coverage((0.14 - np.abs(up - 0.53)) * size)
    canvas.lay(mix(canvas.light.shade * 0.4, canvas.light.horizon, 0.3), glass * present)
    lamps = coverage(0.08 * size - np.abs(across - 0.38 * size)) * coverage(0.06 * size - np.abs(foot - 0.32 * size - Y))
    canvas.lay(canvas.colour("ff5040", "fff0c0", "c03028"), lamps * present)


def forecourt(canvas: Canvas, base: FloatArray) -> None:
    """What lies before a house front: a pavement and a strip of road, or grass, with trees and a car."""
    grass = canvas.chance(0.25)
    ground = mix(canvas.colour(*PAVING), canvas.colour(*MEADOW), grass[:, None])
    ground = ground * (0.9 + 0.2 * canvas.noise(20, 10, 2)[:, None])
    canvas.lay(canvas.lit(ground, 0.6), coverage(Y - base))
    kerb = base + canvas.pick(0.03, 0.12)
    road = coverage(Y - kerb) * (1 - grass)
    canvas.lay(canvas.lit(canvas.colour(*ASPHALT) * (0.9 + 0.2 * canvas.noise(24, 6, 2)[:, None]), 0.5), road)
    tree(canvas, canvas.pick(0, 1), base + 0.04, canvas.pick(0.15, 0.4), canvas.chance(0.35))
    tree(canvas, canvas.pick(0, 1), base + 0.06, canvas.pick(0.15, 0.45), canvas.chance(0.3))
    car(canvas, canvas.pick(0, 1), kerb + canvas.pick(0.04, 0.1), canvas.pick(0.1, 0.2), canvas.chance(0.35))


def house_row(canvas: Canvas) -> None:
    """A terrace across the picture, nearly face on."""
    base = canvas.pick(0.72, 1.15)
    canvas.sky(base)
    hills(canvas, base - 0.2, 0.2, canvas.colour(*MEADOW), 0.8, canvas.chance(0.4))
    slant = canvas.pick(-0.45, 0.45)
    zoom = 1 + slant * (X - 0.5)
    storey = canvas.pick(0.09, 0.2)
    height = storey * np.round(canvas.pick(1.6, 5.4))
    houses = draw_houses(canvas, height, 0.45, storey, (2, 4))
    scale = canvas.pick(1.2, 4.0)
    place = (X / zoom + 0.03 * canvas.wander(3, 1)) * scale + canvas.pick(0, 8) + 0 * Y
    above = (base - Y) * zoom
    colour, mask = facade(canvas, houses, place, above, (scale * PIXEL, PIXEL), canvas.pick(0.1, 1.0))
    canvas.lay(colour, mask)
    forecourt(canvas, base + 0 * X)


def corner(canvas: Canvas) -> None:
    """One building seen at its corner, a face in the light and a face in shadow."""
    eye = canvas.pick(0.62, 0.9)
    canvas.sky(eye + 0.1)
    edge = canvas.pick(0.15, 0.85)
    right = coverage(X - edge, PIXEL) + 0 * Y
    hard = (X > edge) + 0 * Y
    zoom = 1 + np.abs(X - edge) * mix(canvas.pick(0.2, 1.6), canvas.pick(0.2, 1.6), hard)
    storey = canvas.pick(0.08, 0.16)
    stature = canvas.pick(0.05, 0.2)
    houses = draw_houses(canvas, storey * np.round(canvas.pick(2.6, 8.4)), 0.12, storey, (3, 6))
    scale = canvas.pick(0.9, 2.2)
    place = (np.abs(X - edge) * zoom * scale * 0.7 + 4 * hard).astype(np.float32)
    above = (eye - Y) * zoom + stature
    sunlit = mix(canvas.pick(0.0, 0.6), canvas.pick(0.4, 1.0), right)
    colour, mask = facade(canvas, houses, place, above, (scale * PIXEL, PIXEL * zoom), sunlit)
    reach = np.abs(X - edge) - mix(canvas.pick(0.25, 1.5), canvas.pick(0.25, 1.5), hard)
    canvas.lay(colour, mask * coverage(-reach))
    forecourt(canvas, eye + stature / zoom)


def towers(canvas: Canvas) -> None:
    """A skyline: two ranks of towers, the far ones in the haze; sometimes looked up at."""
    base = canvas.pick(0.8, 1.2)
    canvas.sky(base)
    converge = canvas.pick(-0.1, 0.55)
    fan = 0.5 + (X - 0.5) * (1 + converge * (base - Y))
    for distance, tall, spread in ((0.75, (0.4, 0.8), 1.0), (0.15, (0.2, 0.75), 1.4)):
        storey = canvas.pick(0.045, 0.09)
        houses = draw_houses(canvas, canvas.pick(*tall), spread, storey, (3, 6))
        scale = canvas.pick(2.0, 5.0)
        place = fan * scale + canvas.pick(0, 8)
        above = np.broadcast_to(base - Y, place.shape)
        colour, mask = facade(canvas, houses, place, above, (scale * PIXEL, PIXEL), canvas.pick(0.2, 1.0))
        canvas.lay(canvas.hazed(colour, distance), mask)
    forecourt(canvas, base + 0 * X)


def street(canvas: Canvas) -> None:
    """A road runs to its vanishing point between two rows of houses, or between trees and open land."""
    light = canvas.light
    vanish_x, vanish_y = canvas.pick(0.2, 0.8), canvas.pick(0.3, 0.62)
    canvas.sky(vanish_y + 0.05)
    mountains(canvas, vanish_y + 0.02, canvas.pick(0.08, 0.3), canvas.pick(0.3, 1.5), 0.9, canvas.chance(0.3))
    hills(canvas, vanish_y - 0.02, 0.08, canvas.colour(*MEADOW), 0.7, canvas.chance(0.6))
    half_width, eye = canvas.pick(0.3, 0.75), canvas.pick(0.16, 0.34)
    aside = X - vanish_x + canvas.pick(-0.1, 0.1) * (Y - 0.5)
    drop = Y - vanish_y

    # The ground: depth from the row, then how far across the road that is.
    depth = eye / np.maximum(drop, 0.4 * PIXEL)
    across = aside * depth
    fine = depth * depth / eye * PIXEL
    verge = mix(canvas.colour(*PAVING), canvas.colour(*MEADOW), canvas.chance(0.25)[:, None])
    verge = mix(verge, canvas.colour(*SNOW), canvas.chance(0.08)[:, None])
    canvas.lay(canvas.hazed(canvas.lit(verge, 0.6), np.clip(depth / 8, 0, 1) * 0.7), coverage(drop))
    road = half_width * canvas.pick(0.55, 0.85)
    tarmac = canvas.colour(*ASPHALT) * (0.88 + 0.24 * canvas.noise(24, 12, 2)[:, None])
    tarmac = canvas.lit(tarmac, canvas.pick(0.2, 0.8) + 0 * Y)
    wet = canvas.chance(0.25) * canvas.pick(0.2, 0.6)
    tarmac = mix(tarmac, light.horizon, wet[:, None])
    roadway = coverage(road - np.abs(across), 1.3 * depth * PIXEL) * coverage(drop)
    canvas.lay(canvas.hazed(tarmac, np.clip(depth / 8, 0, 1) * 0.7), roadway)
    dashes = stripes(depth * canvas.pick(0.8, 2.0), 0.55, 0.1 + fine)
    line = coverage(0.018 - np.abs(across), 1.3 * depth * PIXEL) * dashes
    edges = coverage(0.014 - np.abs(np.abs(across) - 0.9 * road), 1.3 * depth * PIXEL) * canvas.chance(0.4)
    crossing = stripes(across / road * 3.5, 0.5, 0.1) * coverage(0.12 - np.abs(depth - canvas.pick(0.7, 1.4))) * canvas.chance(0.15)
    paint = np.clip(light.sun * 0.9, 0, 1)
    canvas.lay(paint, np.clip(line * canvas.chance(0.7) + edges + crossing, 0, 1) * roadway * 0.8)

    for side in (-1.0, 1.0):
        near = side * aside
        distance = half_width / np.maximum(near, 0.5 * PIXEL)
        storey = canvas.pick(0.14, 0.24)
        houses = draw_houses(canvas, storey * np.round(canvas.pick(1.6, 5.4)), 0.5, storey, (2, 4))
        scale = canvas.pick(0.8, 1.8)
        grain = (np.minimum(scale * distance * distance / half_width * PIXEL, 2), np.minimum(distance * PIXEL, 0.3))
        place = np.minimum(distance, 16) * scale + canvas.pick(0, 8)
        above = eye - drop * distance
        sunlit = np.clip(0.5 - side * 0.6 * (light.sun_x - vanish_x), 0.05, 0.95)
        colour, mask = facade(canvas, houses, place, above, grain, sunlit + 0 * X)
        end = coverage(canvas.pick(4, 14) - distance, 1.0)
        mask = mask * end * coverage(above, grain[1]) * coverage(near) * canvas.chance(0.8)
        canvas.lay(canvas.hazed(colour, np.clip(distance / 9, 0, 1)), mask)
    for far in (7.0, 4.0, 2.4, 1.5):
        for side in (-1.0, 1.0):
            canvas_x = vanish_x + side * half_width * 0.86 / far
            tree(canvas, canvas_x, vanish_y + eye / far, canvas.pick(0.4, 0.6) / far, canvas.chance(0.22))
    for far in (4.5, 2.2):
        car(canvas, vanish_x + canvas.pick(-0.6, 0.6) * road / far, vanish_y + eye / far, canvas.pick(0.22, 0.3) / far, canvas.chance(0.35))
