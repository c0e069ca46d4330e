"""Forest, glacier, mountain, sea: recipes, painted from far to near."""

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
    receding,
    smoothstep,
    stripes,
)
from dlhw.cnn.scenery.canvas import Canvas
from dlhw.cnn.scenery.land import beach, headland, hills, mountains, sail, water
from dlhw.cnn.scenery.trees import firs, trunks


def mountain(canvas: Canvas) -> None:
    """Peaks behind peaks, then meadows, a wood, a lake or a snowfield in front."""
    foot = canvas.pick(0.55, 1.1)
    tall = canvas.pick(0.28, 0.75)
    snow_line = canvas.pick(-0.05, 1.25)
    canvas.sky(foot)
    with canvas.some(0.7) as few:
        far = few.own(tall) * few.pick(0.9, 1.25)
        mountains(few, few.own(foot), far, few.own(snow_line), few.pick(0.6, 1.0))
    mountains(canvas, foot, tall, snow_line, canvas.pick(0.1, 0.6))
    with canvas.some(0.75) as few:
        hills(few, few.own(foot) - 0.03, few.pick(0.1, 0.4), open_ground(few), 0.3)
    with canvas.some(0.25) as few:
        water(few, np.minimum(few.own(foot) + few.pick(0.0, 0.12), 0.95), few.pick(0.2, 1.0))
    with canvas.some(0.4) as few:
        base, tall = few.own(foot) + few.pick(-0.05, 0.2), few.pick(0.06, 0.26)
        firs(few, base, tall * 0.8, 16, 0.4)
        firs(few, base + few.pick(0.02, 0.15), tall, 10, 0.1)


def open_ground(canvas: Canvas) -> FloatArray:
    """Meadow, or now and then snow."""
    return mix(canvas.colour(*palette.MEADOW), canvas.colour(*palette.SNOW), canvas.chance(0.35)[:, None])


def ice_field(canvas: Canvas) -> None:
    """A glacier's upper basin: peaks above a wide white surface, its crevasses mostly snowed over."""
    foot = canvas.pick(0.45, 0.9)
    canvas.sky(foot)
    mountains(canvas, foot, canvas.pick(0.28, 0.7), canvas.pick(-0.2, 0.9), canvas.pick(0.1, 0.8))
    hills(canvas, foot - 0.03, canvas.pick(0.1, 0.4), canvas.colour(*palette.SNOW, *palette.ICE), 0.3)
    down = clip((Y - foot) / (1 - foot))
    cracks = smoothstep(0.08, 0.02, np.abs(receding(canvas.noise(16, 4, 2), down**0.6) - 0.5))
    blue = canvas.lit(canvas.colour(*palette.BLUE_ICE), 0.4)
    canvas.lay(blue, cracks * smoothstep(0.05, 0.2, down) * canvas.pick(-0.4, 0.7).clip(0))
    with canvas.some(0.25) as few:
        firs(few, few.own(foot) + few.pick(0.05, 0.3), few.pick(0.06, 0.2), 10, 0.1)


def glacier_tongue(canvas: Canvas) -> None:
    """A river of ice between its flanks: crevasses across it, a moraine along it, snow peaks at its head."""
    head = canvas.pick(0.15, 0.6)
    canvas.sky(head + 0.1)
    mountains(canvas, head + 0.1, canvas.pick(0.15, 0.4), canvas.pick(-0.3, 0.6), canvas.pick(0.3, 0.9))
    down = clip((Y - head) / (1 - head))
    bend = canvas.pick(-0.4, 0.4) * down + 0.1 * np.sin(canvas.pick(2, 6) * Y)
    width = canvas.pick(0.12, 0.5) + canvas.pick(0.0, 0.6) * down
    across = (X - canvas.pick(0.25, 0.75) - bend) / width
    outside = np.maximum(np.abs(across) - 1, 0)

    # The flanks: gullied rock, with the snow lying high up.
    crags = canvas.noise(6, 12, 3) - 0.5
    ridge = head + 0.12 - outside * canvas.pick(0.1, 0.6) + 0.16 * canvas.wander(6, 4)
    bare = smoothstep(-0.2, 0.2, 0.8 * crags + Y - ridge - canvas.pick(-0.1, 0.5))
    wall = mix(canvas.colour(*palette.SNOW), canvas.colour(*palette.ROCK), bare[:, None])
    sunlight = clip(0.5 + 1.6 * crags + 0.35 * np.sign(-across) * canvas.from_the_sun())
    canvas.lay(canvas.hazed(canvas.lit(wall, sunlight), 0.35 * (1 - down)), coverage(Y - ridge))

    swell = receding(canvas.noise(9, 6, 3), down**0.6)
    arcs = canvas.pick(5, 11) * (down**0.6 + 0.12 * across * across) + 2.2 * (swell - 0.5)
    broken = smoothstep(0.35, 0.65, canvas.noise(5, 5, 2))
    crevasses = stripes(arcs, 0.3, 0.25 + 0 * down) * broken
    moraine = smoothstep(0.12, 0.03, np.abs(across - canvas.pick(-0.7, 0.7) + 0.1 * (swell - 0.5)))
    ice = mix(canvas.colour(*palette.ICE), canvas.colour(*palette.SNOW), smoothstep(0.45, 0.75, swell)[:, None])
    ice = mix(ice, canvas.colour(*palette.BLUE_ICE), (crevasses * canvas.pick(0.2, 0.9))[:, None])
    ice = mix(ice, canvas.colour(*palette.ROCK), (moraine * canvas.pick(-0.4, 0.7).clip(0))[:, None])
    tongue = coverage(width * (1 - np.abs(across) + 0.3 * crags), 3 * PIXEL)
    lip = coverage(Y - head - 0.06 * canvas.wander(5))
    canvas.lay(canvas.hazed(canvas.lit(ice, clip(1.3 * swell)), 0.4 * (1 - down)), tongue * lip)
    with canvas.some(0.2) as few:
        water(few, few.pick(0.7, 0.95), 0.4)
    with canvas.some(0.3) as few:
        rubble = mix(few.colour(*palette.ROCK), few.colour(*palette.MEADOW), few.pick(0, 1)[:, None])
        hills(few, few.pick(0.65, 1.0), few.pick(0.1, 0.5), rubble, 0.1)


def ice_front(canvas: Canvas) -> None:
    """The edge of the ice over water: a fluted blue cliff, and floes adrift before it."""
    level = canvas.pick(0.4, 0.95)
    canvas.sky(level)
    with canvas.some(0.8) as few:
        mountains(few, few.own(level), few.pick(0.15, 0.5), few.pick(-0.2, 0.9), few.pick(0.4, 1.0))
    tall = canvas.pick(0.08, 0.38)
    crest = level - tall * (0.8 + 0.5 * canvas.wander(8, 4)) + canvas.pick(-0.3, 0.3) * (X - 0.5)
    flutes = canvas.noise(4, 22, 2)
    field = canvas.noise(10, 6, 3) - 0.5
    snow = canvas.colour(*palette.SNOW)
    behind = crest - canvas.pick(0.02, 0.2) + 0.05 * canvas.wander(5)
    canvas.lay(canvas.hazed(canvas.lit(snow * 0.97, clip(0.7 + field)), 0.3), below(behind))
    pale = smoothstep(0.3, 0.65, flutes + 0.3 * field)
    cliff = mix(canvas.colour(*palette.BLUE_ICE), canvas.colour(*palette.ICE), pale[:, None])
    canvas.lay(canvas.lit(cliff, clip(1.4 * flutes - 0.1)), below(crest))
    canvas.lay(canvas.lit(snow, 0.9), 0.8 * coverage(0.014 - np.abs(Y - crest), 2 * PIXEL))
    water(canvas, level, canvas.pick(0.2, 0.9))
    with canvas.some(0.7) as few:
        down = clip((Y - few.own(level)) / (1 - few.own(level)))
        floes = smoothstep(0.58, 0.76, receding(few.noise(14, 9, 2), 0.75 * np.sqrt(down)))
        few.lay(few.lit(few.colour(*palette.ICE), 0.85), floes * coverage(down - 0.06, 0.05))


def forest_inside(canvas: Canvas) -> None:
    """Among the trunks: layers of them from the mist to the foreground, leaves above, litter below."""
    floor = canvas.pick(0.38, 0.9)
    canvas.sky(floor)
    green = canvas.colour(*palette.LEAVES)
    clumps = canvas.noise(7, 7, 3)
    thicket = canvas.lit(green * (0.5 + 0.9 * clumps[:, None]), clip(1.5 * clumps - 0.2))
    canvas.lay(canvas.hazed(thicket, 0.8), 0.9 * smoothstep(0.2, 0.5, clumps + canvas.pick(0.0, 0.4)))

    dapple = canvas.noise(16, 7, 3)
    litter = mix(canvas.colour(*palette.LITTER), canvas.colour(*palette.SNOW), canvas.chance(0.18)[:, None])
    litter = litter * (0.7 + 0.6 * canvas.noise(22, 16, 2)[:, None])
    soil = canvas.lit(litter, smoothstep(0.4, 0.8, dapple))
    canvas.lay(canvas.hazed(soil, 0.5 * (1 - Y)), below(floor + 0.08 * canvas.wander(4), 5 * PIXEL))
    with canvas.some(0.25) as few:
        into = Y - few.own(floor)
        middle = few.pick(0.2, 0.8) + few.pick(-0.3, 0.3) * into
        path = coverage(0.02 + few.pick(0.1, 0.6) * into - np.abs(X - middle), 4 * PIXEL)
        few.lay(few.lit(few.colour(*palette.PATH), 0.55), path * coverage(into, 4 * PIXEL))

    birch = canvas.chance(0.2)
    bark = mix(canvas.colour(*palette.BARK), canvas.colour(*palette.BIRCH), birch[:, None])
    for number, thickness, distance in ((11, 0.012, 0.75), (7, 0.022, 0.4), (4, 0.045, 0.05)):
        stout = thickness * canvas.pick(0.7, 1.4)
        trunks(canvas, bark, birch, number, stout, floor + 0.25 * (1 - distance), distance)
    with canvas.some(0.75) as few:
        leaves = few.noise(9, 9, 3)
        crown = smoothstep(0.38, 0.6, leaves + 1.5 * (few.pick(0.0, 0.5) - Y))
        sunlight = clip(1.9 * few.noise(20, 20, 2) - 0.5)
        few.lay(few.lit(few.own(green) * (0.7 + 0.6 * leaves[:, None]), sunlight), crown)
    bushes = smoothstep(0.5, 0.62, canvas.noise(8, 8, 3) + 1.6 * (Y - canvas.pick(0.85, 1.3)))
    canvas.lay(canvas.lit(canvas.colour(*palette.LEAVES) * 0.9, clip(1.6 * dapple - 0.4)), bushes)
    sunbeams(canvas)


def sunbeams(canvas: Canvas) -> None:
    """Shafts of light that slant down from the sun's side."""
    shafts = canvas.wander(10, 2) * canvas.pick(-0.6, 1.4).clip(0)
    slant = 0.25 + 0.5 * (X + 0.6 * (0.5 - canvas.light.sun_x) * Y)
    canvas.glow(clip(canvas.light.sun), np.maximum(along(shafts, slant), 0) * (1 - 0.6 * Y))


def forest_edge(canvas: Canvas) -> None:
    """A wood seen from outside: rows of conifers down a slope, each darker and taller than the one behind."""
    top = canvas.pick(0.12, 0.7)
    canvas.sky(top + 0.1)
    with canvas.some(0.45) as few:
        mountains(few, few.own(top) + 0.12, few.pick(0.1, 0.55), few.pick(0.0, 1.2), few.pick(0.2, 1.0))
    step = canvas.pick(0.08, 0.2)
    for row, (number, distance) in enumerate(((20, 0.9), (15, 0.6), (10, 0.35), (7, 0.1))):
        firs(canvas, top + step * (row + 0.7), 0.07 * row + canvas.pick(0.08, 0.2), number, distance)
    with canvas.some(0.6) as few:
        hills(few, few.pick(0.75, 1.1), 0.15, open_ground(few), 0.05)
    with canvas.some(0.15) as few:
        water(few, few.pick(0.72, 0.95), 0.4)


def sea(canvas: Canvas) -> None:
    """Open water to the horizon, now and then with a coast beyond, rocks, a beach or a sail."""
    level = canvas.pick(0.14, 0.75)
    canvas.sky(level)
    with canvas.some(0.35) as few:
        mountains(few, few.own(level) + 0.01, few.pick(0.06, 0.55), few.pick(0.1, 1.8), few.pick(0.2, 1.0))
    water(canvas, level, canvas.pick(0.3, 1.6))
    with canvas.some(0.2) as few:
        sail(few, few.own(level))
    with canvas.some(0.4) as few:
        headland(few, few.own(level))
    with canvas.some(0.4) as few:
        beach(few)
