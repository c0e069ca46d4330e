"""A picture of a word, as on a page, a screen or a sign.

Nothing here imports torch: the processes that render words shall be small and start at once.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
from PIL import Image

from dlhw.ocr.rendering.drawing.camera import degrade, develop, expose
from dlhw.ocr.rendering.drawing.colours import Colours, contrasting, draw_colours, luminance, rgb
from dlhw.ocr.rendering.drawing.geometry import Pose, draw_pose, place, plain_pose
from dlhw.ocr.rendering.drawing.grounds import draw_furniture, draw_ground, light_up
from dlhw.ocr.rendering.drawing.inks import UNIT, lay, lay_word
from dlhw.ocr.rendering.drawing.lettering import PLAIN, Hand, Mask, draw_hand, letter
from dlhw.ocr.rendering.fonts import Face, FontSet
from dlhw.ocr.rendering.typography import typeset

Difficulty = Literal["plain", "full"]
DIFFICULTIES: tuple[Difficulty, ...] = ("plain", "full")
EASY = 0.15
SLIVER = 0.16  # of a neighbour's letter, in ems
CAPITALS = 0.75  # about the height of capitals, in ems


def render_word(text: str, fonts: FontSet, rng: np.random.Generator, difficulty: Difficulty = "full") -> Image.Image:
    """Draw a word.

    Args:
        text: without spaces.
        fonts: one of them that has all the glyphs is used.
        rng: all that is drawn at random is drawn from it.
        difficulty: ``plain`` is black on white, straight, undistorted; ``full`` is the world, in which 15 of 100
            are almost plain too.

    Returns:
        An RGB picture of its natural size, 20 to 70 pixels high.

    Raises:
        DataError: no font has the glyphs.
    """
    face = fonts.choose(text, rng)
    if difficulty == "plain" or rng.random() < EASY:
        return _plain(text, face, rng)
    return _full(text, face, rng)


def _plain(text: str, face: Face, rng: np.random.Generator) -> Image.Image:
    mask = _mask(text, face, PLAIN, plain_pose(rng), rng)
    picture = np.empty((3, *mask.shape), dtype=np.float32)
    picture[:] = 0.93 + 0.07 * rng.random()
    level = 0.15 * rng.random()
    lay(picture, rgb(level, level, level), mask * UNIT)
    return develop(picture)


def _full(text: str, face: Face, rng: np.random.Generator) -> Image.Image:
    hand = draw_hand(text, rng)
    mask = _mask(text, face, hand, _clear_of_neighbours(draw_pose(len(text), rng), hand), rng)
    colours = draw_colours(rng)
    contrast = abs(luminance(colours.ground) - luminance(colours.ink))
    picture = draw_ground(rng, colours.ground, contrast, *mask.shape)
    colours = _told_apart(colours, luminance(picture.mean(axis=(1, 2))), contrast)
    draw_furniture(rng, picture, colours.ink)
    lay_word(rng, picture, mask, colours.ink, contrast)
    light_up(rng, picture)
    expose(rng, picture)
    return degrade(rng, develop(picture))


def _clear_of_neighbours(pose: Pose, hand: Hand) -> Pose:
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
