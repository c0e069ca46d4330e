"""Buildings and street: house fronts face on, at a corner, as towers, or along a road in perspective."""

import numpy as np

from dlhw.cnn.scenery import palette
from dlhw.cnn.scenery.brushes import PIXEL, FloatArray, X, Y, clip, coverage, mix, smoothstep, stripes
from dlhw.cnn.scenery.canvas import Canvas
from dlhw.cnn.scenery.houses import draw_terrace, facade
from dlhw.cnn.scenery.land import hills, mountains
from dlhw.cnn.scenery.trees import street_tree

ONE_PIXEL = np.full((1, 1, 1), PIXEL, dtype=np.float32)


def house_row(canvas: Canvas) -> None:
    """A terrace across the image, nearly face on."""
    base = canvas.pick(0.6, 1.25)
    canvas.sky(base)
    with canvas.some(0.4) as few:
        hills(few, few.own(base) - 0.2, 0.2, few.colour(*palette.MEADOW), 0.8)
    zoom = 1 + canvas.pick(-0.45, 0.45) * (X - 0.5)
    terrace_across(canvas, base, zoom)
    forecourt(canvas, base)


def across_the_road(canvas: Canvas) -> None:
    """The other side of a street: house fronts, and before them a broad road from edge to edge, with cars."""
    base = canvas.pick(0.45, 0.9)
    canvas.sky(base)
    terrace_across(canvas, base, 1 + canvas.pick(-0.45, 0.45) * (X - 0.5))
    far_kerb = base + canvas.pick(0.02, 0.07)
    near_kerb = far_kerb + canvas.pick(0.12, 0.4)
    canvas.lay(canvas.lit(canvas.colour(*palette.PAVING), 0.6), coverage(Y - base))
    worn = 0.88 + 0.24 * canvas.noise(24, 8, 2)
    road = coverage(Y - far_kerb) * coverage(near_kerb - Y)
    canvas.lay(canvas.lit(canvas.colour(*palette.ASPHALT) * worn[:, None], canvas.pick(0.2, 0.8)), road)
    dashes = stripes(canvas.pick(1.5, 5.0) * X + canvas.pick(0, 1), 0.55, 4 * ONE_PIXEL)
    middle = coverage(0.014 - np.abs(Y - (far_kerb + near_kerb) / 2))
    canvas.lay(clip(canvas.light.sun * 0.9), 0.8 * middle * dashes * canvas.chance(0.7))
    for far, near in ((0.2, 0.4), (0.7, 0.95)):
        with canvas.some(0.4) as few:
            foot = few.own(far_kerb) + few.pick(far, near) * few.own(near_kerb - far_kerb)
            car(few, few.pick(0, 1), foot, few.pick(0.12, 0.24))
    with canvas.some(0.3) as few:
        street_tree(few, few.pick(0, 1), few.own(base) + few.pick(0.0, 0.06), few.pick(0.15, 0.42))


def terrace_across(canvas: Canvas, base: FloatArray, zoom: FloatArray) -> None:
    """A row of houses that stand on `base`, larger where `zoom` is smaller."""
    storey = canvas.pick(0.09, 0.2)
    terrace = draw_terrace(canvas, storey * np.round(canvas.pick(1.6, 5.4)), 0.45, storey, (2, 4))
    scale = canvas.pick(1.2, 4.0)
    place = (X / zoom + 0.03 * canvas.wander(3, 1)) * scale + canvas.pick(0, 8)
    sunlight = canvas.pick(0.1, 1.0)
    canvas.lay(*facade(canvas, terrace, place, (base - Y) * zoom, scale * PIXEL, ONE_PIXEL, sunlight))


def corner(canvas: Canvas) -> None:
    """One building seen at its corner, a face in the light and a face in shadow."""
    eye, stature = canvas.pick(0.55, 0.98), canvas.pick(0.05, 0.2)
    canvas.sky(eye + 0.1)
    edge = canvas.pick(0.15, 0.85)
    right = (edge < X).astype(np.float32)
    aside = np.abs(X - edge)
    zoom = 1 + aside * mix(canvas.pick(0.2, 1.6), canvas.pick(0.2, 1.6), right)
    storey = canvas.pick(0.08, 0.16)
    terrace = draw_terrace(canvas, storey * np.round(canvas.pick(2.6, 8.4)), 0.12, storey, (3, 6))
    scale = canvas.pick(0.7, 1.5)
    above = (eye - Y) * zoom + stature
    sunlight = mix(canvas.pick(0.0, 0.6), canvas.pick(0.4, 1.0), coverage(X - edge, PIXEL))
    wall, mask = facade(canvas, terrace, aside * zoom * scale + 4 * right, above, scale * PIXEL, PIXEL * zoom, sunlight)
    length = mix(canvas.pick(0.25, 1.5), canvas.pick(0.25, 1.5), right)
    canvas.lay(wall, mask * coverage(length - aside))
    forecourt(canvas, eye + stature / zoom)


def towers(canvas: Canvas) -> None:
    """A skyline: two ranks of towers, the far ones in the haze; sometimes looked up at."""
    base = canvas.pick(0.65, 1.25)
    canvas.sky(base)
    fan = 0.5 + (X - 0.5) * (1 + canvas.pick(-0.1, 0.55) * (base - Y))
    for lowest, highest, unevenness, distance in ((0.4, 0.8, 1.0, 0.75), (0.2, 0.75, 1.4, 0.15)):
        storey = canvas.pick(0.045, 0.09)
        terrace = draw_terrace(canvas, canvas.pick(lowest, highest), unevenness, storey, (3, 6))
        scale = canvas.pick(2.0, 5.0)
        place = fan * scale + canvas.pick(0, 8)
        wall, mask = facade(canvas, terrace, place, base - Y, scale * PIXEL, ONE_PIXEL, canvas.pick(0.2, 1.0))
        canvas.lay(canvas.hazed(wall, distance), mask)
    forecourt(canvas, base)


def forecourt(canvas: Canvas, base: FloatArray) -> None:
    """What lies before a house front: a pavement and a strip of road, or grass, with trees and a car."""
    grass = canvas.chance(0.25)
    paving = mix(canvas.colour(*palette.PAVING), canvas.colour(*palette.MEADOW), grass[:, None])
    worn = 0.9 + 0.2 * canvas.noise(20, 8, 2)[:, None]
    canvas.lay(canvas.lit(paving * worn, 0.6), coverage(Y - base))
    kerb = base + canvas.pick(0.03, 0.12)
    canvas.lay(canvas.lit(canvas.colour(*palette.ASPHALT) * worn, 0.5), coverage(Y - kerb) * (1 - grass))
    ground = base.mean(axis=-1, keepdims=True)
    for _ in range(2):
        with canvas.some(0.35) as few:
            street_tree(few, few.pick(0, 1), few.own(ground) + few.pick(0.02, 0.08), few.pick(0.15, 0.42))
    with canvas.some(0.35) as few:
        car(few, few.pick(0, 1), few.own(ground) + few.pick(0.08, 0.18), few.pick(0.1, 0.2))


def car(canvas: Canvas, x: FloatArray, foot: FloatArray, size: FloatArray) -> None:
    """A car from behind or before: shadow, body, glass and two lamps."""
    across, up = np.abs(X - x), (foot - Y) / size
    shadow = coverage(0.56 * size - across) * coverage(0.1 * size - np.abs(foot - Y))
    canvas.lay(canvas.light.shade * 0.25, 0.8 * shadow)
    body = coverage((0.5 - 0.25 * smoothstep(0.4, 0.9, up)) * size - across) * coverage((0.75 - up) * size)
    canvas.lay(canvas.lit(canvas.colour(*palette.CAR_PAINT), smoothstep(0.0, 0.8, up)), body * coverage(foot - Y))
    glass = coverage(0.3 * size - across) * coverage((0.14 - np.abs(up - 0.53)) * size)
    canvas.lay(mix(canvas.light.shade * 0.4, canvas.light.horizon, 0.3), glass)
    lamps = coverage(0.08 * size - np.abs(across - 0.38 * size)) * coverage((0.06 - np.abs(up - 0.32)) * size)
    canvas.lay(canvas.colour(*palette.CAR_LAMPS), lamps)


def street(canvas: Canvas) -> None:
    """A street along its length, the vanishing point more or less in view."""
    along_the_road(canvas, canvas.pick(-0.1, 1.1))


def houses_aslant(canvas: Canvas) -> None:
    """House fronts at a slant, with little of the road before them in the image."""
    along_the_road(canvas, canvas.pick(-0.35, 0.15))


def along_the_road(canvas: Canvas, vanish_x: FloatArray) -> None:
    """A road runs to its vanishing point between two rows of houses, or past trees and open land."""
    vanish_y = canvas.pick(0.24, 0.68)
    half_width, eye = canvas.pick(0.3, 0.75), canvas.pick(0.16, 0.34)
    canvas.sky(vanish_y + 0.05)
    with canvas.some(0.3) as few:
        mountains(few, few.own(vanish_y) + 0.02, few.pick(0.08, 0.3), few.pick(0.3, 1.5), 0.9)
    with canvas.some(0.6) as few:
        hills(few, few.own(vanish_y) - 0.02, 0.08, few.colour(*palette.MEADOW), 0.7)
    aside = X - vanish_x + canvas.pick(-0.1, 0.1) * (Y - 0.5)
    drop = Y - vanish_y
    carriageway(canvas, aside, drop, eye, half_width * canvas.pick(0.55, 0.85))

    for side in (-1, 1):
        with canvas.some(0.85) as few:
            near = side * few.own(aside)
            sunlight = clip(0.5 - 0.6 * side * few.own(canvas.light.sun_x - vanish_x), 0.05, 0.95)
            house_line(few, near, few.own(drop), few.own(eye), few.own(half_width), sunlight)
    # Trees at the kerb, and cars, the far ones first.
    for far in (6.0, 3.2, 1.7):
        for side in (-1, 1):
            with canvas.some(0.28) as few:
                x, foot = few.own(vanish_x + side * half_width * 0.86 / far), few.own(vanish_y + eye / far)
                street_tree(few, x, foot, few.pick(0.4, 0.6) / far)
        with canvas.some(0.22) as few:
            lane = few.pick(-0.5, 0.5) * few.own(half_width) / far
            car(few, few.own(vanish_x) + lane, few.own(vanish_y + eye / far), few.pick(0.22, 0.3) / far)


def carriageway(canvas: Canvas, aside: FloatArray, drop: FloatArray, eye: FloatArray, road: FloatArray) -> None:
    """The ground in perspective: verges, tarmac, lines; a row's depth is `eye / drop`."""
    depth = eye / np.maximum(drop, 0.4 * PIXEL)
    across = aside * depth
    # How far `across` moves within a pixel, along whichever way it moves fastest.
    edge = 1.3 * PIXEL * depth * np.sqrt(1 + (across / eye) ** 2)
    ground, veil = coverage(drop), 0.7 * clip(depth / 8)
    verge = mix(canvas.colour(*palette.PAVING), canvas.colour(*palette.MEADOW), canvas.chance(0.25)[:, None])
    verge = mix(verge, canvas.colour(*palette.SNOW), canvas.chance(0.08)[:, None])
    canvas.lay(canvas.hazed(canvas.lit(verge, 0.6), veil), ground)
    worn = 0.88 + 0.24 * canvas.noise(24, 12, 2)
    tarmac = canvas.lit(canvas.colour(*palette.ASPHALT) * worn[:, None], canvas.pick(0.2, 0.8))
    wet = canvas.chance(0.25) * canvas.pick(0.2, 0.6)
    tarmac = mix(tarmac, canvas.light.horizon, wet[:, None])
    roadway = coverage(road - np.abs(across), edge) * ground
    canvas.lay(canvas.hazed(tarmac, veil), roadway)

    dashes = stripes(depth * canvas.pick(0.8, 2.0), 0.55, 0.1 + depth * depth / eye * PIXEL)
    middle = coverage(0.018 - np.abs(across), edge) * dashes * canvas.chance(0.7)
    borders = coverage(0.014 - np.abs(np.abs(across) - 0.9 * road), edge) * canvas.chance(0.4)
    zebra = stripes(3.5 * across / road, 0.5, 0.1 + edge)
    zebra = zebra * coverage(0.12 - np.abs(depth - canvas.pick(0.7, 1.4))) * canvas.chance(0.15)
    canvas.lay(clip(canvas.light.sun * 0.9), 0.8 * np.maximum(middle + borders, zebra).clip(0, 1) * roadway)


def house_line(
    canvas: Canvas,
    near: FloatArray,
    drop: FloatArray,
    eye: FloatArray,
    half_width: FloatArray,
    sunlight: FloatArray,
) -> None:
    """Houses along one side of a road: the wall's distance is `half_width / near`, and all else follows."""
    distance = half_width / np.maximum(near, 0.5 * PIXEL)
    storey = canvas.pick(0.14, 0.24)
    terrace = draw_terrace(canvas, storey * np.round(canvas.pick(1.6, 5.4)), 0.5, storey, (2, 4))
    scale = canvas.pick(0.8, 1.8)
    place = np.minimum(distance, 16) * scale + canvas.pick(0, 8)
    above = eye - drop * distance
    grain_along = np.minimum(scale * distance * distance / half_width * PIXEL, 2)
    grain_above = np.minimum(distance * PIXEL, 0.3)
    wall, mask = facade(canvas, terrace, place, above, grain_along, grain_above, sunlight)
    last = coverage(canvas.pick(4, 14) - distance, 1.0)
    mask = mask * last * coverage(above, grain_above) * coverage(near)
    canvas.lay(canvas.hazed(wall, clip(distance / 9)), mask)
