"""The orientation of a word: an image taller than wide is also read turned by a right angle, both ways, and where its
letters stand one below the other, with the letters side by side."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image

from dlhw.ocr.data import OnEnd, Stance
from dlhw.ocr.preprocessing import prepare
from dlhw.ocr.recognizer import Reading

TURNS: Mapping[Stance, int] = {"left": 90, "right": -90}
"""Degrees, anticlockwise."""

ODDS = 1.5
"""So many times as likely must another stance be: most tall images are short words that stand upright."""

LETTER = 0.3
"""What each letter of a text adds to its log P: a word on end reads like a letter or two as it stands, and a text of
many letters is not found by chance."""

TALL = 1.2
"""Height over width from which on a word may stand on end."""

STACK = 2.0
"""Height over width from which on its letters may stand one below the other."""

LEAST, MOST = 3, 24
"""Letters of a stack."""

INK = 0.25
"""Of the greatest difference from the ground: a pixel with more is ink."""

ALIKE = 0.5
"""Of the median height: a letter of a stack has at least as much, so that the dot of an i is none."""

GAP = 0.15
"""Of the median height: the space between letters that are put side by side."""


def likeliest_stance(upright: Reading, others: Mapping[Stance, Reading]) -> Stance:
    """How a word stands in its image.

    Args:
        upright: the likeliest text of the image as it stands.
        others: the same of the image made readable for each other stance.
    """
    if not others:
        return "upright"
    best = max(others, key=lambda stance: _weight(others[stance]))
    return best if _weight(others[best]) - _weight(upright) > math.log(ODDS) else "upright"


def _weight(reading: Reading) -> float:
    return reading.log_probability + LETTER * len(reading.text)


def set_right(image: Image.Image) -> OnEnd | None:
    """A tall image made readable for each other stance, from all its pixels; ``None`` of one that is not tall."""
    if image.height < TALL * image.width:
        return None
    return {stance: prepare(one) for stance in (*TURNS, "stacked") if (one := stood_up(image, stance)) is not None}


def stood_up(image: Image.Image, stance: Stance) -> Image.Image | None:
    """An image whose word stands so, with its letters upright and side by side; ``None`` where it cannot stand so."""
    if stance == "stacked":
        return _side_by_side(image)
    return image.rotate(TURNS[stance], expand=True) if stance in TURNS else image


def _side_by_side(image: Image.Image) -> Image.Image | None:
    """The letters of a stack from the left to the right; ``None`` where an image does not look like a stack.

    Letters are rows with ink between rows without, several and of like height, over the image's median as the ground.
    """
    if image.height < STACK * image.width:
        return None
    grey = np.asarray(image.convert("L"), dtype=np.float64)
    away = np.abs(grey - np.median(grey))
    ink = away > INK * max(float(away.max()), 1.0)
    rows = _runs(np.any(ink, axis=1))
    if not LEAST <= len(rows) <= MOST:
        return None
    height = float(np.median([end - first for first, end in rows]))
    if min(end - first for first, end in rows) < ALIKE * height:
        return None
    columns = [_extent(np.any(ink[first:end], axis=0)) for first, end in rows]
    gap = max(round(GAP * height), 1)
    tallest = max(end - first for first, end in rows)
    ground = tuple(int(value) for value in np.median(np.asarray(image.convert("RGB")).reshape(-1, 3), axis=0))
    width = sum(right - left for left, right in columns) + gap * (len(rows) + 1)
    line = Image.new("RGB", (width, tallest + 2 * gap), ground)
    place = gap
    for (first, end), (left, right) in zip(rows, columns, strict=True):
        line.paste(image.crop((left, first, right, end)), (place, gap + tallest - (end - first)))
        place += right - left + gap
    return line


def _runs(inked: ArrayLike) -> list[tuple[int, int]]:
    """Where each run of true values begins and ends."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], np.asarray(inked), [False]]).astype(np.int8)))
    return [(int(first), int(end)) for first, end in edges.reshape(-1, 2)]


def _extent(inked: ArrayLike) -> tuple[int, int]:
    places = np.flatnonzero(inked)
    return int(places[0]), int(places[-1]) + 1
