"""Marks as printers set them: a label holds what a keyboard has, an image what stands on signs and pages."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

OPENING = {'"': "“„", "'": "‘"}
INSIDE_OR_CLOSING = {'"': "”“", "'": "’", "-": "–"}
PRINTED = frozenset("".join([*OPENING.values(), *INSIDE_OR_CLOSING.values()]))
"""The marks that may stand in an image for those of a label."""

CHANCE = {'"': 0.65, "'": 0.5, "-": 0.15}


def typeset(text: str, known: Collection[str], rng: np.random.Generator) -> str:
    """The text with curly quotation marks and longer dashes here and there; the label stays as it is.

    Args:
        text: as labelled.
        known: what the face has glyphs for; other marks stay straight.
        rng: nothing is drawn from it for a text without such marks.

    Example:
        >>> typeset("word", "word", np.random.default_rng(0))
        'word'
    """
    if not any(mark in CHANCE for mark in text):
        return text
    return "".join(_printed(letter, known, rng, first=at == 0) for at, letter in enumerate(text))


def _printed(letter: str, known: Collection[str], rng: np.random.Generator, *, first: bool) -> str:
    if letter not in CHANCE or rng.random() > CHANCE[letter]:
        return letter
    printed = (OPENING if first and letter in OPENING else INSIDE_OR_CLOSING)[letter]
    # Mostly the first: the German opening mark, and an opening mark at the end, are rarer.
    chosen = printed[0 if rng.random() < 0.8 else -1]
    return chosen if chosen in known else letter
