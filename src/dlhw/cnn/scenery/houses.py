"""House fronts: walls of windows under roofs, for any wall that a scene can give coordinates to."""

from dataclasses import dataclass

import numpy as np

from dlhw.cnn.scenery import palette
from dlhw.cnn.scenery.brushes import WHITE, FloatArray, coverage, mix, smoothstep, stripes
from dlhw.cnn.scenery.canvas import Canvas

HOUSES = 8
CELLS = 16


@dataclass(frozen=True)
class Terrace:
    """`HOUSES` houses for each image, repeated without end; heights are in the units of their wall."""

    wall: FloatArray
    """(B, HOUSES, 3) colours"""
    height: FloatArray
    """(B, HOUSES)"""
    storey: FloatArray
    """(B, HOUSES)"""
    columns: FloatArray
    """(B, HOUSES) windows side by side"""
    lamps: FloatArray
    """(B, CELLS, CELLS), 0..1: how brightly each window is lit at night"""


def draw_terrace(
    canvas: Canvas, height: FloatArray, unevenness: float, storey: FloatArray, columns: tuple[int, int]
) -> Terrace:
    """Houses of about this height, painted in one family of colours."""
    rng, count = canvas.rng, canvas.count
    paints = palette.rgb(palette.PLASTER)
    wall = paints[rng.integers(0, len(paints), (count, HOUSES))]
    wall = mix(wall, wall[:, :1], canvas.pick(0.0, 0.8))
    return Terrace(
        wall=wall * (1 + 0.06 * rng.standard_normal((count, HOUSES, 1), dtype=np.float32)),
        height=height[:, 0] * (1 + unevenness * (rng.random((count, HOUSES), dtype=np.float32) - 0.5)),
        storey=storey[:, 0] * (1 + 0.25 * (rng.random((count, HOUSES), dtype=np.float32) - 0.5)),
        columns=rng.integers(columns[0], columns[1] + 1, (count, HOUSES)).astype(np.float32),
        lamps=smoothstep(0.45, 0.75, rng.random((count, CELLS, CELLS), dtype=np.float32)),
    )


def facade(
    canvas: Canvas,
    terrace: Terrace,
    along: FloatArray,
    above: FloatArray,
    grain_along: FloatArray,
    grain_above: FloatArray,
    sunlight: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """The colour of a wall and its mask, at `along` (one house a unit) and `above` (over the pavement).

    The grains are the size of a pixel along and above, so that windows too small to see fade into the wall.
    """
    each = np.arange(canvas.count)[:, None, None]
    which = np.floor(along)
    house = which.astype(np.int64) % HOUSES + each * HOUSES
    height = terrace.height.reshape(-1).take(house)
    storey = terrace.storey.reshape(-1).take(house)
    columns = terrace.columns.reshape(-1).take(house)
    wall = np.stack([terrace.wall[..., band].reshape(-1).take(house) for band in range(3)], axis=1)

    within = along - which
    column, floor = within * columns, above / storey
    soft_along, soft_above = 1.2 * columns * grain_along, 1.2 * grain_above / storey
    wide, high = canvas.pick(0.35, 0.75), canvas.pick(0.4, 0.75)
    pane = stripes(column, wide, soft_along) * stripes(floor, high, soft_above)
    frame = stripes(column, wide + 0.22, soft_along) * stripes(floor, high + 0.2, soft_above)
    shop = coverage(storey - above, 1.5 * grain_above)
    gable = 2 * storey * (0.5 - np.abs(within - 0.5)) * canvas.pick(-0.6, 0.5).clip(0)
    roof = coverage(above - height, 1.5 * grain_above)

    plaster = wall * (0.9 + 0.2 * canvas.noise(14, 14, 2)[:, None])
    plaster = mix(plaster, WHITE, (canvas.pick(-0.3, 0.5) * frame * (1 - shop))[:, None])
    plaster = plaster * mix(WHITE, canvas.colour(*palette.SHOPFRONT), shop[:, None])
    seam = 0.35 * coverage(0.035 - np.minimum(within, 1 - within), 1.5 * grain_along)
    cornice = 0.4 * coverage(0.06 * storey - np.abs(height - above - 0.06 * storey), 1.5 * grain_above)
    plaster = plaster * (1 - np.maximum(seam, cornice)[:, None])
    surface = canvas.lit(mix(plaster, canvas.colour(*palette.TILES), roof[:, None]), sunlight)

    row = np.floor(floor).astype(np.int64) % CELLS
    cell = (np.floor(column) + 3 * which).astype(np.int64) % CELLS
    lamp = terrace.lamps.reshape(-1).take((each * CELLS + row) * CELLS + cell)[:, None]
    light = canvas.light
    sky = mix(light.horizon, light.zenith, 0.5)
    glass = mix(light.shade * 0.45, sky, canvas.pick(0.0, 0.55)[:, None]) * (0.7 + 0.6 * lamp)
    glass = mix(glass, canvas.colour(*palette.LAMPLIGHT), lamp * light.lamps[:, None])
    return mix(surface, glass, (pane * (1 - roof))[:, None]), coverage(height + gable - above, 1.4 * grain_above)
