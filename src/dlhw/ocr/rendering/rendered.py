"""Rendered words: one as on a page, a screen or a sign, and an endless row of them by their number.

Nothing here imports torch: processes that only render start at once and stay small.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from dlhw.errors import check_at_least
from dlhw.ocr.data import Words
from dlhw.ocr.preprocessing import prepare
from dlhw.ocr.rendering.composed import compose
from dlhw.ocr.rendering.fonts import FontSet, evaluation_fonts, training_fonts
from dlhw.ocr.rendering.mix import MIXES, Difficulty, pick
from dlhw.ocr.rendering.world import draw_plain, draw_world
from dlhw.ocr.words.source import SPLITS, Split, WordSource


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


@dataclass(frozen=True, kw_only=True)
class RenderedWords:
    """An endless row of words and their images: word i depends on the seed, the split and i alone.

    It is a recipe, small to send to another process: fonts travel as paths.
    """

    source: WordSource
    """Where the words come from."""
    split: Split
    """Which of them."""
    seed: int
    """0 or more."""
    fonts: FontSet
    """What they are set in."""
    difficulty: Difficulty = "full"
    """How they look."""

    def text(self, index: int) -> str:
        """The word of this number."""
        return self.source.draw(self.split, self._generator(index))

    def image(self, index: int) -> Image.Image:
        """The image of the word of this number: RGB, of its natural size."""
        return self.example(index)[1]

    def example(self, index: int) -> tuple[str, Image.Image]:
        """The word of this number, and its image: RGB, of its natural size.

        Raises:
            DataError: a font draws nothing for the word.
        """
        generator = self._generator(index)
        text = self.source.draw(self.split, generator)
        return text, render_word(text, self.fonts, generator, self.difficulty)

    def pack(self, first: int, count: int) -> Words:
        """The words number ``first`` to ``first + count - 1``, as the network sees them."""
        examples = [self.example(index) for index in range(first, first + count)]
        return Words.pack(
            [prepare(image) for _, image in examples],
            [text for text, _ in examples],
            [f"{self.split} word {index}" for index in range(first, first + count)],
        )

    def _generator(self, index: int) -> np.random.Generator:
        return np.random.Generator(
            np.random.PCG64(np.random.SeedSequence([self.seed, SPLITS.index(self.split), index]))
        )


def rendered_words(
    source: WordSource, split: Split, *, seed: int, fonts_folder: Path | None = None, difficulty: Difficulty = "full"
) -> RenderedWords:
    """The words of a split in the fonts that are meant for it.

    Args:
        source: where the words come from.
        split: validation and test words are set in matplotlib's fonts, the same on every machine.
        seed: 0 or more.
        fonts_folder: more fonts for training words; for the others, fonts to take in place of matplotlib's.
        difficulty: how the words look.

    Raises:
        UsageError: the seed is negative.
        DataError: there are no fonts that could be used.
    """
    check_at_least(0, seed=seed)
    fonts_for = training_fonts if split == "train" else evaluation_fonts
    fonts = fonts_for(source.characters, fonts_folder)
    return RenderedWords(source=source, split=split, seed=seed, fonts=fonts, difficulty=difficulty)
