"""How the letters of signs, logos and shirts are made: several layers, lamps, threads, tiles, materials.

Each style is a function of the ground, (3, h, w), which it paints on in place, the letters' mask, (h, w), the colour of
their ink, (3, 1, 1), and the contrast between ground and ink in brightness.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from PIL import Image, ImageFilter

from dlhw.ocr.rendering.drawing.colours import FloatArray, any_colour, contrasting, luminance, rgb
from dlhw.ocr.rendering.drawing.grounds import field
from dlhw.ocr.rendering.drawing.inks import UNIT, lay, lay_word, shift
from dlhw.ocr.rendering.drawing.lettering import Mask, stroke, thicken, thin
from dlhw.ocr.rendering.drawing.materials import DRAWN_IN
from dlhw.ocr.rendering.drawing.textures import FINE, SCENES, texture

MOST_LIT = 1.3
"""The area of lamps that are on, against that of the letters."""

Style = Callable[[np.random.Generator, FloatArray, Mask, FloatArray, float], None]


def _pixel(mask: Mask) -> float:
    """Lengths are for an image of 32 rows."""
    return float(mask.shape[0]) / 32


def _blurred(mask: Mask, radius: float) -> Mask:
    return np.asarray(Image.fromarray(mask).filter(ImageFilter.BoxBlur(radius)))


def _grounds_colour(image: FloatArray) -> FloatArray:
    colour: FloatArray = image.mean(axis=(1, 2), keepdims=True)
    return colour


def _between(rng: np.random.Generator, *others: FloatArray) -> FloatArray:
    """Another colour, different in brightness from each of these as far as possible."""
    levels = [luminance(other) for other in others]
    best, widest = any_colour(rng), -1.0
    for _ in range(4):
        colour = any_colour(rng)
        distance = min(abs(luminance(colour) - level) for level in levels)
        if distance > widest:
            best, widest = colour, distance
        if distance >= 0.22:
            break
    return best


def extruded(rng: np.random.Generator, image: FloatArray, mask: Mask, ink: FloatArray, contrast: float) -> None:
    """Solid letters seen from a corner: their sides in another brightness, sometimes with an edge around the front."""
    steps = max(2, round(_pixel(mask) * (1.5 + 2.5 * rng.random())))
    right = 1 if rng.random() < 0.7 else -1
    down = 1 if rng.random() < 0.8 else -1
    side = mask
    for step in range(1, steps + 1):
        side = np.maximum(side, shift(mask, step * down, step * right))
    sides = _between(rng, ink, _grounds_colour(image))
    lay(image, sides, side * UNIT)
    if rng.random() < 0.5:
        lay(image, _between(rng, ink, sides), thicken(mask, 0.6 * _pixel(mask)) * UNIT)
    lay(image, ink, mask * UNIT)


def outlined_twice(rng: np.random.Generator, image: FloatArray, mask: Mask, ink: FloatArray, contrast: float) -> None:
    """An edge around the letters and another around that, as on sports shirts and comics."""
    inner = _pixel(mask) * (0.6 + 0.7 * rng.random())
    outer = inner + _pixel(mask) * (0.6 + 1.0 * rng.random())
    first = _between(rng, ink)
    lay(image, _between(rng, first, _grounds_colour(image)), thicken(mask, outer) * UNIT)
    lay(image, first, thicken(mask, inner) * UNIT)
    lay(image, ink, mask * UNIT)


def outlined_with_shadow(
    rng: np.random.Generator, image: FloatArray, mask: Mask, ink: FloatArray, contrast: float
) -> None:
    """An edge around the letters, and a shadow that falls off it; sometimes the edge alone, and the ground inside."""
    edge_mask = thicken(mask, _pixel(mask) * (0.5 + 0.8 * rng.random()))
    away = max(1, round(_pixel(mask) * (1 + 1.5 * rng.random())))
    shadow = shift(edge_mask, away, away if rng.random() < 0.75 else -away)
    lay(image, rgb(0, 0, 0), _blurred(shadow, 0.6 * _pixel(mask)) * (UNIT * np.float32(0.4 + 0.5 * rng.random())))
    inside = _grounds_colour(image) if rng.random() < 0.3 else ink
    lay(image, _between(rng, inside), edge_mask * UNIT)
    lay(image, inside, mask * UNIT)


def neon(rng: np.random.Generator, image: FloatArray, mask: Mask, ink: FloatArray, contrast: float) -> None:
    """Glass tubes that glow in the dark: a bright line, filled or along the letters' edges, with light around it."""
    image *= np.float32(0.1 + 0.3 * rng.random())
    pixel = _pixel(mask)
    light = any_colour(rng)
    light = contrasting(light, luminance(_grounds_colour(image)), 0.45)
    if rng.random() < 0.45:
        tube = np.asarray(thicken(mask, 0.5 * pixel) - thin(mask, 0.5 * pixel), dtype=np.uint8)
    else:
        tube = mask
    glow = _blurred(_blurred(tube, 2 * pixel), 2 * pixel)
    image += light * (glow * (UNIT * np.float32(0.5 + 0.7 * rng.random())))
    lay(image, light, tube * UNIT)
    core = np.float32(0.6 * rng.random())
    lay(image, rgb(1, 1, 1), thin(tube, 0.6 * pixel) * (UNIT * core))


def _lit(mask: Mask, pitch: int) -> FloatArray:
    """How bright each lamp of a grid is, 0 to 1."""
    # A thin stroke between two rows of lamps must light one of them; a thick one does so anyway.
    thin_stroke = stroke(mask) < 1.3 * pitch
    covered = thicken(mask, 0.25 * pitch) if thin_stroke else mask
    columns, rows = -(-mask.shape[1] // pitch), -(-mask.shape[0] // pitch)
    small = Image.fromarray(covered).resize((columns, rows), Image.Resampling.BOX)
    lit: FloatArray = np.clip((np.asarray(small).astype(np.float32) - (60 if thin_stroke else 105)) / 60, 0, 1)
    return lit


def lamps(rng: np.random.Generator, image: FloatArray, mask: Mask, ink: FloatArray, contrast: float) -> None:
    """Dots on a grid: an LED display, bulbs, pins, dot-matrix print. Some rows of a display shine faintly when off."""
    pitch = max(2, round(mask.shape[0] / (16 + 9 * rng.random())))
    height, width = mask.shape
    on = _lit(mask, pitch)
    while pitch > 2 and on.mean() > MOST_LIT * mask.mean() / 255:  # gaps between letters are lost: smaller lamps
        pitch -= 1
        on = _lit(mask, pitch)
    y = (np.arange(height) % pitch - (pitch - 1) / 2) / pitch
    x = (np.arange(width) % pitch - (pitch - 1) / 2) / pitch
    radius = 0.36 + 0.16 * rng.random()
    dot = np.clip((radius - np.hypot(y[:, None], x[None, :])) * pitch + 0.5, 0, 1).astype(np.float32)
    cover = np.repeat(np.repeat(on, pitch, axis=0), pitch, axis=1)[:height, :width] * dot
    if rng.random() < 0.6:  # it shines
        image *= np.float32(0.15 + 0.25 * rng.random())
        ink = contrasting(ink, luminance(_grounds_colour(image)), 0.5)
        if rng.random() < 0.5:
            lay(image, ink, dot * np.float32(0.12))
    else:  # half of the ground shows between the dots
        ink = contrasting(ink, luminance(_grounds_colour(image)), 0.5)
    lay(image, ink, cover)


def stitched(rng: np.random.Generator, image: FloatArray, mask: Mask, ink: FloatArray, contrast: float) -> None:
    """Embroidery: threads side by side within the letters, raised at their edges; cloth behind."""
    pixel = _pixel(mask)
    height, width = mask.shape
    slope, pitch = 0.6 * (rng.random() - 0.5), max(2.0, pixel * (1.1 + 0.9 * rng.random()))
    along = np.arange(width)[None, :] * slope + np.arange(height)[:, None]
    if rng.random() < 0.4:
        along = np.arange(width)[None, :] + np.arange(height)[:, None] * slope
    thread = np.sin(along * (2 * np.pi / pitch)).astype(np.float32)
    strength = np.float32(0.05 + 0.22 * contrast)
    lay(image, rgb(0, 0, 0), shift(_blurred(mask, pixel), 1, 1) * (UNIT * np.float32(0.4)))
    lay(image, ink + thread * strength, mask * UNIT)
    if rng.random() < 0.4:  # a border of single stitches
        edge = np.asarray(thicken(mask, 1.2 * pixel) - thicken(mask, 0.4 * pixel), dtype=np.uint8)
        dashes = (np.sin((np.arange(width)[None, :] + np.arange(height)[:, None]) * (1.6 / pixel)) > -0.3) * UNIT
        lay(image, _between(rng, _grounds_colour(image)), edge * dashes.astype(np.float32))


def material(rng: np.random.Generator, image: FloatArray, mask: Mask, ink: FloatArray, contrast: float) -> None:
    """Letters of a material: tiles, metal, stripes, a hatching, a photograph, dry paint."""
    kinds = tuple(DRAWN_IN)
    paint, cover = DRAWN_IN[kinds[int(rng.random() * len(kinds))]](rng, mask, ink, contrast)
    if rng.random() < 0.35:
        lay(image, _between(rng, ink, _grounds_colour(image)), thicken(mask, 0.8 * _pixel(mask)) * UNIT)
    lay(image, paint, cover)


def in_colours(rng: np.random.Generator, image: FloatArray, mask: Mask, ink: FloatArray, contrast: float) -> None:
    """Letters of several colours: another one wherever there is a gap between two."""
    ground = luminance(_grounds_colour(image))
    gaps = mask.max(axis=0) < 60
    part = np.cumsum(np.diff(gaps.astype(np.int8), prepend=0) > 0)
    palette = [contrasting(any_colour(rng), ground, 0.8 * contrast) for _ in range(3)]
    order = rng.integers(0, 3, size=int(part[-1]) + 1)
    paint = np.concatenate(palette, axis=2)[:, :, order[part]]  # (3, 1, w)
    lay(image, paint, mask * UNIT)


def watermark(rng: np.random.Generator, image: FloatArray, mask: Mask, ink: FloatArray, contrast: float) -> None:
    """Faint letters over something else, which shows through them."""
    image += np.float32(0.1 * contrast) * texture(rng, mask.shape[0], mask.shape[1], SCENES)
    lay(image, ink, mask * (UNIT * np.float32(0.4 + 0.3 * rng.random())))


def in_relief(rng: np.random.Generator, image: FloatArray, mask: Mask, ink: FloatArray, contrast: float) -> None:
    """Cast, carved or stamped letters: light on one side of their edges and shade on the other."""
    depth = max(1, round(_pixel(mask) * (0.8 + 0.9 * rng.random())))
    across = depth if rng.random() < 0.5 else -depth
    soft = _blurred(mask, 0.35 * _pixel(mask))
    slope = shift(soft, depth, across).astype(np.float32) - shift(soft, -depth, -across)
    if rng.random() < 0.4:
        slope = -slope
    ground = _grounds_colour(image)
    body = ground + (ink - ground) * np.float32(0.15 + 0.6 * rng.random())
    lay(image, body, mask * UNIT)
    image += slope * (UNIT * np.float32(0.3 + 0.35 * rng.random()))
    image += np.float32(0.05 * rng.random()) * texture(rng, mask.shape[0], mask.shape[1], FINE)


def on_a_label(rng: np.random.Generator, image: FloatArray, mask: Mask, ink: FloatArray, contrast: float) -> None:
    """Letters cut out of a ribbon, a stroke of paint or a plate that follows the word."""
    plate = thicken(_blurred(mask, 2.5 * _pixel(mask)), 0.0).astype(np.int16)
    plate = np.clip((plate - 20) * 6, 0, 255).astype(np.uint8)
    colour = contrasting(_between(rng, _grounds_colour(image), ink), luminance(ink), 0.35)
    lay(image, colour, plate * (UNIT * np.float32(0.8 + 0.2 * rng.random())))
    lay(image, ink, mask * UNIT)


def graded(rng: np.random.Generator, image: FloatArray, mask: Mask, ink: FloatArray, contrast: float) -> None:
    """From one colour to another, from top to bottom or along the word, within an edge or a glow."""
    ground = luminance(_grounds_colour(image))
    other = contrasting(any_colour(rng), ground, 0.7 * contrast)
    columns = 1 if rng.random() < 0.6 else 3
    share = field(rng, mask.shape[0], mask.shape[1], 2, columns).clip(0, 1)
    if rng.random() < 0.5:
        halo = _blurred(thicken(mask, _pixel(mask)), _pixel(mask) * (0.5 + 1.5 * rng.random()))
        lay(image, _between(rng, ink, other), halo * (UNIT * np.float32(0.85)))
    lay(image, ink + (other - ink) * share, mask * UNIT)


STYLES: Mapping[str, Style] = MappingProxyType(
    {
        "ink": lay_word,
        "extruded": extruded,
        "outlined twice": outlined_twice,
        "outlined with shadow": outlined_with_shadow,
        "neon": neon,
        "lamps": lamps,
        "stitched": stitched,
        "material": material,
        "in colours": in_colours,
        "watermark": watermark,
        "in relief": in_relief,
        "on a label": on_a_label,
        "graded": graded,
    }
)
"""By the names that a plan has for them; ``ink`` is how most words are printed."""
