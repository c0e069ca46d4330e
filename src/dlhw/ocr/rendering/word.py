"""An image of a word, as on a page, a screen or a sign.

Nothing here imports torch: the processes that render words shall be small and start at once.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from dlhw.ocr.rendering.composed import compose
from dlhw.ocr.rendering.fonts import FontSet
from dlhw.ocr.rendering.mix import MIXES, Difficulty, pick
from dlhw.ocr.rendering.world import draw_plain, draw_world

__all__ = ["DIFFICULTIES", "Difficulty", "render_word"]

DIFFICULTIES: tuple[Difficulty, ...] = tuple(MIXES)


def render_word(text: str, fonts: FontSet, rng: np.random.Generator, difficulty: Difficulty = "full") -> Image.Image:
    """Draw a word.

    Args:
        text: without spaces.
        fonts: one of them that has all the glyphs is used.
        rng: all that is drawn at random is drawn from it.
        difficulty: the name of a mix. ``plain`` is black on white, straight, undistorted; ``full`` is the world, in
            which 15 of 100 are almost plain too; ``reader`` has arcs, display lettering and strong poses besides.

    Returns:
        An RGB image of its natural size, 20 to 96 pixels high.

    Raises:
        DataError: no font has the glyphs.
    """
    face = fonts.choose(text, rng)
    mix = MIXES[difficulty]
    look = pick(mix.looks, rng)
    if look == "plain":
        return draw_plain(text, face, rng)
    if look == "world":
        return draw_world(text, face, rng)
    return compose(text, face, mix.plan(rng), rng)
