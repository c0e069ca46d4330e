"""What else is in a crop besides the word: text behind it, rims of badges, wires, stains, glare, things before it.

Each is a function of the image, (3, h, w), which it paints on in place, and the letters' mask, (h, w), and is laid
before the letters or after them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from dlhw.ocr.rendering.drawing.colours import FloatArray, any_colour, rgb
from dlhw.ocr.rendering.drawing.grounds import field
from dlhw.ocr.rendering.drawing.inks import UNIT, lay
from dlhw.ocr.rendering.drawing.lettering import Mask, thicken

Surrounding = Callable[[np.random.Generator, FloatArray, Mask], None]


def nothing(rng: np.random.Generator, image: FloatArray, mask: Mask) -> None:
    """Leave it alone."""


def text_behind(rng: np.random.Generator, image: FloatArray, mask: Mask) -> None:
    """Larger or smaller letters, faint, behind the word: the word's own, moved, so that they are of its face."""
    height, width = mask.shape
    zoom = 0.45 + 1.6 * rng.random()
    size = (max(8, round(width * zoom)), max(8, round(height * zoom)))
    other = Image.fromarray(mask).resize(size, Image.Resampling.BILINEAR)
    sheet = Image.new("L", (width, height))
    step_y = max(4, round(size[1] * (0.7 + 0.4 * rng.random())))
    top, left = -round(size[1] * rng.random()), -round(size[0] * rng.random())
    for y in range(top, height, step_y):
        for x in range(left, width, size[0]):
            sheet.paste(other, (x, y))
    if rng.random() < 0.4:
        sheet = sheet.filter(ImageFilter.BoxBlur(height / 32 * (0.5 + rng.random())))
    strength = np.float32(0.1 + 0.16 * rng.random())
    lay(image, any_colour(rng), np.asarray(sheet) * (UNIT * strength))


def rims(rng: np.random.Generator, image: FloatArray, mask: Mask) -> None:
    """The edge of a badge, a coin, a bottle cap or a banner: curved lines above and below the word."""
    height, width = mask.shape
    lines = Image.new("L", (width, height))
    draw = ImageDraw.Draw(lines)
    bow = height * (0.5 * rng.random()) * (1 if rng.random() < 0.6 else -1)
    thickness = max(1, round(height / 32 * (0.6 + 1.6 * rng.random())))
    x = np.linspace(-0.1 * width, 1.1 * width, 24)
    arch = bow * (((2 * x / width) - 1) ** 2)
    filled = rng.random() < 0.4
    for edge, outside in ((0.06 * rng.random() * height, -height), ((1 - 0.06 * rng.random()) * height, 2 * height)):
        if rng.random() < 0.25:
            continue
        # The line's ends or its middle touch the image's edge, whichever lies farther out.
        offset = edge - (float(arch.max()) if (outside < 0) == (bow > 0) else float(arch.min()))
        points = list(zip(x.tolist(), (arch + offset).tolist(), strict=True))
        if filled:
            draw.polygon([*points, (1.1 * width, outside), (-0.1 * width, outside)], fill=255)
        else:
            draw.line(points, fill=255, width=thickness)
    lay(image, any_colour(rng), np.asarray(lines) * UNIT)


def wires(rng: np.random.Generator, image: FloatArray, mask: Mask) -> None:
    """Thin lines across the image: cables, branches, cracks, folds, handwriting over print."""
    height, width = mask.shape
    lines = Image.new("L", (width, height))
    draw = ImageDraw.Draw(lines)
    for _ in range(1 + int(2.5 * rng.random())):
        x = np.linspace(0, width, 12)
        ends = rng.random(2) * height
        sag = height * 0.5 * (rng.random() - 0.5)
        share = x / width
        y = ends[0] + (ends[1] - ends[0]) * share + 4 * sag * share * (1 - share)
        if rng.random() < 0.25:  # upright ones
            x, y = y / height * width, x / width * height
        thickness = max(1, round(height / 32 * (0.4 + 0.9 * rng.random())))
        draw.line(list(zip(x.tolist(), y.tolist(), strict=True)), fill=255, width=thickness)
    colour = rgb(0.05, 0.05, 0.05) if rng.random() < 0.6 else any_colour(rng)
    lay(image, colour, np.asarray(lines) * (UNIT * np.float32(0.6 + 0.4 * rng.random())))


def stains(rng: np.random.Generator, image: FloatArray, mask: Mask) -> None:
    """Dirt, rust, drops and shadows of leaves: blotches that the letters shine through."""
    height, width = mask.shape
    columns = max(2, round(3 * width / height))
    blotch = field(rng, height, width, 3 + int(3 * rng.random()), columns)
    edge = 0.55 + 0.2 * rng.random()
    cover = np.clip((blotch - np.float32(edge)) * 6, 0, 1) * np.float32(0.25 + 0.35 * rng.random())
    lay(image, any_colour(rng), cover)


def glare(rng: np.random.Generator, image: FloatArray, mask: Mask) -> None:
    """A lamp's reflection: a bright spot or a band aslant, that takes contrast from what lies below."""
    height, width = mask.shape
    y, x = np.arange(height, dtype=np.float32)[:, None], np.arange(width, dtype=np.float32)[None, :]
    middle_x, middle_y = width * rng.random(), height * rng.random()
    if rng.random() < 0.5:
        angle = math.pi * rng.random()
        distance = np.abs((x - middle_x) * math.cos(angle) + (y - middle_y) * math.sin(angle)) * 2
    else:
        distance = np.hypot(x - middle_x, y - middle_y)
    spot = np.exp(-((distance / np.float32(height * (0.3 + 0.6 * rng.random()))) ** 2))
    lay(image, rgb(1, 1, 1), spot.astype(np.float32) * np.float32(0.3 + 0.35 * rng.random()))


def something_before(rng: np.random.Generator, image: FloatArray, mask: Mask) -> None:
    """A finger, a leaf or a pole before the word, over a part of a letter at most."""
    height, width = mask.shape
    shape = Image.new("L", (width, height))
    draw = ImageDraw.Draw(shape)
    size = height * (0.1 + 0.14 * rng.random())
    x, y = width * rng.random(), height * (rng.random() if rng.random() < 0.4 else round(rng.random()))
    if rng.random() < 0.6:
        draw.ellipse((x - size, y - size * (0.6 + rng.random()), x + size, y + size), fill=255)
    else:
        thin = 0.35 * size
        lean = height * (rng.random() - 0.5)
        draw.polygon([(x, 0), (x + thin, 0), (x + thin + lean, height), (x + lean, height)], fill=255)
    lay(image, any_colour(rng), np.asarray(shape) * UNIT)


def badge(rng: np.random.Generator, image: FloatArray, band: Mask) -> None:
    """Around a band that the word stands on: another colour, the parts of an emblem, and rims along the band."""
    height, width = band.shape
    outside = (255 - band) * UNIT
    if rng.random() < 0.85:
        lay(image, any_colour(rng), outside)
    for _ in range(int(7 * rng.random())):
        shape = Image.new("L", (width, height))
        draw = ImageDraw.Draw(shape)
        x, y, size = width * rng.random(), height * rng.random(), height * (0.08 + 0.35 * rng.random())
        if rng.random() < 0.5:
            draw.ellipse((x - size, y - size * (0.4 + rng.random()), x + size, y + size), fill=255)
        else:
            corners = (rng.random((3 + int(4 * rng.random()), 2)) * 2 - 1) * size + (x, y)
            draw.polygon([(float(one), float(other)) for one, other in corners], fill=255)
        lay(image, any_colour(rng), np.asarray(shape) * UNIT * outside)
    if rng.random() < 0.6:
        rim = thicken(band, height / 32 * (0.4 + 1.1 * rng.random())) - band
        lay(image, any_colour(rng), rim * UNIT)


BEHIND: Mapping[str, Surrounding] = MappingProxyType({"nothing": nothing, "text behind": text_behind, "rims": rims})

BEFORE: Mapping[str, Surrounding] = MappingProxyType(
    {
        "nothing": nothing,
        "wires": wires,
        "stains": stains,
        "glare": glare,
        "something before": something_before,
    }
)
