"""Words as they mostly look: plain print, and the world of pages, screens and signs that the homework's mix has."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PIL import Image

from dlhw.ocr.rendering.drawing.camera import LENSES, develop
from dlhw.ocr.rendering.drawing.colours import Colours, contrasting, draw_colours, luminance, rgb
from dlhw.ocr.rendering.drawing.geometry import Pose, draw_pose, place, plain_pose
from dlhw.ocr.rendering.drawing.grounds import draw_furniture, draw_ground, light_up
from dlhw.ocr.rendering.drawing.inks import UNIT, lay
from dlhw.ocr.rendering.drawing.lettering import PLAIN, Hand, Mask, draw_hand, letter
from dlhw.ocr.rendering.drawing.styles import STYLES
from dlhw.ocr.rendering.drawing.surroundings import BEFORE, BEHIND, badge
from dlhw.ocr.rendering.fonts import Face
from dlhw.ocr.rendering.mix import USUAL, Plan
from dlhw.ocr.rendering.typography import typeset

SLIVER = 0.16  # of a neighbour's letter, in ems
CAPITALS = 0.75  # about the height of capitals, in ems


def draw_plain(text: str, face: Face, rng: np.random.Generator) -> Image.Image:
    """Black on white, straight and undistorted."""
    return print_on_white(_mask(text, face, PLAIN, plain_pose(rng), rng), rng)


def print_on_white(mask: Mask, rng: np.random.Generator) -> Image.Image:
    """Ink that is almost black on paper that is almost white."""
    image = np.empty((3, *mask.shape), dtype=np.float32)
    image[:] = 0.93 + 0.07 * rng.random()
    level = 0.15 * rng.random()
    lay(image, rgb(level, level, level), mask * UNIT)
    return develop(image)


def draw_world(text: str, face: Face, rng: np.random.Generator) -> Image.Image:
    """As words on pages, screens and signs look."""
    hand = draw_hand(text, rng)
    return paint(_mask(text, face, hand, clear_of_neighbours(draw_pose(len(text), rng), hand), rng), rng)


def paint(mask: Mask, rng: np.random.Generator, plan: Plan = USUAL, band: Mask | None = None) -> Image.Image:
    """A ground, what is on it, the letters, light, and a camera; as a plan has it, or as words mostly look.

    Args:
        mask: the letters.
        rng: what is drawn from.
        plan: how.
        band: of a badge, that the letters stand on.
    """
    colours = draw_colours(rng)
    contrast = abs(luminance(colours.ground) - luminance(colours.ink))
    image = draw_ground(rng, colours.ground, contrast, *mask.shape)
    ink = _told_apart(colours, luminance(image.mean(axis=(1, 2))), contrast).ink
    if band is not None:
        badge(rng, image, band)
    BEHIND[plan.behind](rng, image, mask)
    if plan.behind == "nothing" and band is None:
        draw_furniture(rng, image, ink)
    STYLES[plan.style](rng, image, mask, ink, contrast)
    BEFORE[plan.before](rng, image, mask)
    light_up(rng, image)
    return LENSES[plan.lens](rng, image)


def clear_of_neighbours(pose: Pose, hand: Hand) -> Pose:
    """No whole letter of a word beside this one may be seen: nobody could tell it from this one's own."""
    most = (hand.word_space + SLIVER) * hand.width / CAPITALS
    left, top, right, bottom = pose.margins
    left, right = min(left, most) if hand.before else left, min(right, most) if hand.after else right
    return replace(pose, margins=(left, top, right, bottom))


def _mask(text: str, face: Face, hand: Hand, pose: Pose, rng: np.random.Generator) -> Mask:
    return place(letter(typeset(text, face.characters, rng), face, hand, rng), pose)


def _told_apart(colours: Colours, ground: float, contrast: float) -> Colours:
    """The ground as drawn may be brighter or darker than its colour: the ink steps back from it."""
    return colours._replace(ink=contrasting(colours.ink, ground, 0.7 * contrast))
