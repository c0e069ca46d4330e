"""Words that stand on end: an image taller than wide is also read turned by a right angle, both ways."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PIL import Image

from dlhw.ocr.data import Turned
from dlhw.ocr.preprocessing import prepare
from dlhw.ocr.recognizer import Reading

TURNS = (90, -90)
"""Degrees, anticlockwise."""

ODDS = 1.5
"""So many times as likely must a text in the turned image be: most tall images are short words that stand upright."""

LETTER = 0.3
"""What each letter of a text adds to its log P: a word on end reads like a letter or two as it stands, and a text of
many letters is not found by chance."""

TALL = 1.2
"""Height over width from which on a word may stand on end."""


def best_turn(upright: Reading, turns: Sequence[Reading]) -> int | None:
    """Which way of :data:`TURNS` an image is to be turned, or ``None`` if it is read as it stands.

    Args:
        upright: the likeliest text of the image as it stands.
        turns: the same of the image turned each way.
    """
    gains = [_weight(one) - _weight(upright) for one in turns]
    best = max(range(len(turns)), key=lambda place: gains[place])
    return best if gains[best] > math.log(ODDS) else None


def _weight(reading: Reading) -> float:
    return reading.log_probability + LETTER * len(reading.text)


def turned(image: Image.Image) -> Turned | None:
    """A tall image turned both ways, from all its pixels; ``None`` of one that is not tall."""
    if image.height < TALL * image.width:
        return None
    first, second = (prepare(image.rotate(degrees, expand=True)) for degrees in TURNS)
    return first, second
