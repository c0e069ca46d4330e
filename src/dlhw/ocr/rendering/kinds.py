"""Kinds of words, one at a time: every kind of the harder mix, plain print, and a ladder of arcs.

A recogniser that is measured on each kind alone tells what it cannot read. Kind by kind the words are the same.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import NamedTuple

import numpy as np
from PIL import Image

from dlhw.ocr.rendering.composed import compose
from dlhw.ocr.rendering.drawing.curves import Curve, on_curve
from dlhw.ocr.rendering.drawing.geometry import place, plain_pose
from dlhw.ocr.rendering.drawing.lettering import PLAIN as PLAIN_HAND
from dlhw.ocr.rendering.fonts import Face
from dlhw.ocr.rendering.mix import READER, USUAL, Mix, Plan
from dlhw.ocr.rendering.rendered import RenderedWords
from dlhw.ocr.rendering.world import draw_plain, print_on_white

LADDER = (29, 57, 86, 115, 149)
"""Degrees that the letters of a word turn through on the arcs of the ladder."""

LADDER_LETTERS = range(4, 11)
"""Of the words on the ladder: shorter ones have no arc, and longer ones too few pixels."""


TRIES = 100
"""To draw such a word: a person's list may have none."""


class Kind(NamedTuple):
    """A way for words to look."""

    name: str
    stage: str
    """Which part of a plan it belongs to; empty for plain print and the ladder."""
    chance: float | None
    """Its share of the composed words of the mix; ``None`` where it is no kind of the mix."""


STAGES = {
    "line": "lines",
    "pose": "poses",
    "cloth": "cloths",
    "spacing": "spacings",
    "style": "styles",
    "behind": "behind",
    "before": "before",
    "lens": "lenses",
}
"""The parts of a plan, and where a mix has their chances."""


def kinds_of(mix: Mix) -> list[Kind]:
    """Every kind of a mix's stages but the first of each, which is the usual one."""
    stages = [field.name for field in fields(Plan)]
    chances = {stage: getattr(mix, STAGES[stage]) for stage in stages}
    return [
        Kind(name, stage, chance)
        for stage in stages
        for name, chance in chances[stage]
        if name != getattr(USUAL, stage)
    ]


DIAGNOSTIC: tuple[Kind, ...] = (
    Kind("plain", "", None),
    Kind("world", "", None),
    *(Kind(f"arc {degrees}°", "", None) for degrees in LADDER),
    *kinds_of(READER),
)
"""What `dlhw ocr eval --kinds` measures. ``world`` has nothing of the harder mix: the other kinds differ from it by
the one thing they are named after."""


def is_rung(kind: Kind) -> bool:
    """Whether it is an arc of the ladder."""
    return kind.name.startswith("arc ")


def draw_kind(text: str, face: Face, kind: Kind, rng: np.random.Generator) -> Image.Image:
    """Draw a word of this kind, all else as usual."""
    if kind.name == "plain":
        return draw_plain(text, face, rng)
    if is_rung(kind):
        return draw_on_arc(text, face, math.radians(float(kind.name[4:-1])), rng)
    return compose(text, face, replace(USUAL, **({kind.stage: kind.name} if kind.stage else {})), rng)


def draw_on_arc(text: str, face: Face, span: float, rng: np.random.Generator) -> Image.Image:
    """Plain print on the upper arc of a circle.

    Args:
        text: two letters or more.
        face: what it is set in.
        span: radians that its letters turn through.
        rng: what is drawn from.
    """
    lettering = on_curve(text, face, PLAIN_HAND, Curve(line="up", span=span), rng).lettering
    pose = plain_pose(rng)
    left, top, right, bottom = (0.5 * margin for margin in pose.margins)
    return print_on_white(place(lettering, replace(pose, height=64, margins=(left, top, right, bottom))), rng)


@dataclass(frozen=True, kw_only=True)
class KindOfWords(RenderedWords):
    """The words of a kind by their number; the texts of all kinds but the ladder are the same."""

    kind: Kind

    def example(self, index: int) -> tuple[str, Image.Image]:
        """The word of this number and its image."""
        generator = self._generator(index)
        text = self.source.draw(self.split, generator)
        if is_rung(self.kind):
            for _ in range(TRIES):
                if text.isalpha() and len(text) in LADDER_LETTERS:
                    break
                text = self.source.draw(self.split, generator)
        return text, draw_kind(text, self.fonts.choose(text, generator), self.kind, generator)


def samples(words: RenderedWords, mix: Mix, count: int) -> Iterator[tuple[str, list[tuple[str, Image.Image]]]]:
    """For each kind of a mix a heading, with the kind's share, and some words."""
    for kind in kinds_of(mix):
        row = KindOfWords(
            source=words.source, split=words.split, seed=words.seed, fonts=words.fonts, difficulty="reader", kind=kind
        )
        yield f"{kind.name}, {kind.chance:.1%}", [row.example(index) for index in range(count)]
