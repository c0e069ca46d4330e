"""A word as a mask of ink: its letters set side by side, with neighbours around, and made bolder or lighter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from dlhw.errors import DataError
from dlhw.ocr.rendering.fonts import Face
from dlhw.ocr.rendering.glyphs import EM, SMALL_EM, Case, typecase

Mask = NDArray[np.uint8]
NARROW = frozenset("fijlrtIJ1!'*()+,-./:;?\"|“”„‘’–")
MOST_AT_ONCE = 0.7  # the pose can squeeze letters so far without jagging them
MARGIN = 0.5  # around a word, in ems: room for its neighbours


@dataclass(frozen=True, kw_only=True)
class Hand:
    """How a word is lettered. The defaults are the font's own ways."""

    tracking: float = 0.0
    """Space between letters besides the font's, in ems."""
    small_rest: bool = False
    """All letters but the first smaller: small capitals, or a tall initial."""
    bounce: float = 0.0
    """How far letters stray from the base line, in ems (standard deviation)."""
    boldness: float = 0.0
    """Ink added all around each stroke, in ems; negative takes some away."""
    upright: bool = False
    """Whether it is added to the left and right of strokes alone, as in the fat faces of posters."""
    roundness: float = 0.0
    """The radius that corners are rounded with, in ems."""
    x_height: float = 1.0
    """The small letters' height against the font's own."""
    width: float = 1.0
    """Letters' width against the font's own."""
    above: bool = False
    """Whether another line stands above."""
    below: bool = False
    """Whether another line stands below."""
    before: bool = False
    """Whether a word stands to the left."""
    after: bool = False
    """Whether a word stands to the right."""
    line_space: float = 0.2
    """Between the ink of two lines, in ems."""
    word_space: float = 0.3
    """Between words, in ems."""


PLAIN = Hand()


class Lettering(NamedTuple):
    """A word's ink."""

    mask: Mask
    """(h, w), with a margin for neighbours around the word."""
    box: tuple[int, int, int, int]
    """The word's own ink: left, top, right, bottom."""
    stretch: float = 1.0
    """How much wider the mask is still to be made."""


def draw_hand(text: str, rng: np.random.Generator) -> Hand:
    """A hand as signs, pages and screens have them."""
    chance = rng.random(12).tolist()
    capitals = text.isupper()
    tracking = 0.0
    if chance[0] < 0.12:
        tracking = 0.08 + 0.45 * rng.random() ** 2
    elif chance[0] < 0.5:
        tracking = 0.1 * rng.random() - 0.045
    crowded = chance[1] < 0.45
    return Hand(
        tracking=tracking,
        small_rest=len(text) > 2 and chance[2] < (0.12 if capitals else 0.05 if text[0].isupper() else 0.0),
        bounce=0.0 if chance[3] > 0.06 else 0.01 + 0.05 * rng.random(),
        boldness=_boldness(chance[4], rng),
        upright=rng.random() < 0.3,
        roundness=0.0 if chance[5] > 0.14 else 0.02 + 0.05 * rng.random(),
        x_height=1.0 if capitals or chance[6] > 0.5 else 0.88 + 0.26 * rng.random(),
        width=min(max(0.76 + 0.17 * float(rng.standard_normal()), 0.48), 1.4),
        above=crowded and chance[7] < 0.4,
        below=crowded and chance[8] < 0.45,
        before=crowded and chance[9] < 0.35,
        after=crowded and chance[10] < 0.4,
        line_space=0.03 + 0.3 * rng.random(),
        word_space=0.16 + 0.2 * chance[11],
    )


def _boldness(chance: float, rng: np.random.Generator) -> float:
    if chance < 0.48:
        return 0.0
    if chance < 0.84:
        return 0.05 * rng.random()
    return -0.02 * rng.random()


def letter(text: str, face: Face, hand: Hand, rng: np.random.Generator, em: int = EM) -> Lettering:
    """Set a word in a face at a size of `em` pixels.

    Raises:
        DataError: the face draws nothing for this text.
    """
    case = typecase(face.path, face.index, face.axes, em)
    small = typecase(face.path, face.index, face.axes, round(em * SMALL_EM / EM)) if hand.small_rest else case
    placed, length = _set_line(text, case, small, hand, em, rng)
    inked = [(ink, x, y) for ink, x, y in placed if ink.size]
    if not inked:
        raise DataError(f"{face.path} has glyphs for “{text}”, and they are blank", "leave this font out of `fonts`")
    left, top = min(x for _, x, _ in inked), min(y for _, _, y in inked)
    right = max(x + ink.shape[1] for ink, x, _ in inked)
    bottom = max(y + ink.shape[0] for ink, _, y in inked)
    margin = round(MARGIN * em)
    mask = np.zeros((bottom - top + 2 * margin, right - left + 2 * margin), dtype=np.uint8)
    lines = [(placed, 0, 0)]
    leading = bottom - top + round(hand.line_space * em)
    if hand.above:
        lines += _neighbours(text, case, hand, em, length, -leading, rng)
    if hand.below:
        lines += _neighbours(text, case, hand, em, length, leading, rng)
    if hand.before:
        line, width = _set_line(_scramble(text, 2, rng), case, case, hand, em, rng)
        lines.append((line, round(-width - hand.word_space * em), 0))
    if hand.after:
        line, _ = _set_line(_scramble(text, 2, rng), case, case, hand, em, rng)
        lines.append((line, round(length + hand.word_space * em), 0))
    for line, x0, y0 in lines:
        for ink, x, y in line:
            stamp(mask, ink, x + x0 - left + margin, y + y0 - top + margin)
    box = (margin, margin, margin + right - left, margin + bottom - top)
    return shape(Lettering(mask, box), hand, em, base_line=margin - top)


Placed = list[tuple[Mask, int, int]]


def _set_line(
    text: str, case: Case, small: Case, hand: Hand, em: int, rng: np.random.Generator
) -> tuple[Placed, float]:
    pen = 0.0
    placed: Placed = []
    for at, character in enumerate(text):
        glyph = (small if at else case).glyph(character)
        if at:
            pen += case.kerning(text[at - 1 : at + 1])
        rise = round(hand.bounce * em * float(rng.standard_normal())) if hand.bounce else 0
        placed.append((glyph.ink, round(pen) + glyph.left, glyph.top - rise))
        pen += glyph.advance + hand.tracking * em
    return placed, pen - hand.tracking * em


def _neighbours(
    text: str, case: Case, hand: Hand, em: int, length: float, y: int, rng: np.random.Generator
) -> list[tuple[Placed, int, int]]:
    """A line of other words above or below, of about the same length."""
    line, width = _set_line(_scramble(text, len(text) + int(rng.random() * 4), rng), case, case, hand, em, rng)
    start = (length - width) * (0.0 if rng.random() < 0.5 else 0.5)  # flush left, or centred
    return [(line, round(start), y)]


def _scramble(text: str, count: int, rng: np.random.Generator) -> str:
    """The word's own letters in disorder: the face has them, and nobody reads them.

    Without narrow ones: a whole one of those beside the word would count as part of it.
    """
    letters = [letter for letter in text if letter not in NARROW]
    return "".join(letters[int(rng.random() * len(letters))] for _ in range(count)) if letters else ""


def stamp(mask: Mask, ink: Mask, x: int, y: int) -> None:
    """Lay ink on the mask; what falls outside is cut."""
    height, width = mask.shape
    x0, y0 = max(x, 0), max(y, 0)
    x1, y1 = min(x + ink.shape[1], width), min(y + ink.shape[0], height)
    if x0 < x1 and y0 < y1:
        place = mask[y0:y1, x0:x1]
        np.maximum(place, ink[y0 - y : y1 - y, x0 - x : x1 - x], out=place)


def shape(lettering: Lettering, hand: Hand, em: int, *, base_line: int) -> Lettering:
    """What is done to all letters at once: proportions, weight, corners."""
    mask, (left, top, right, bottom), stretch = lettering
    if hand.x_height != 1.0 and base_line - top > 4:
        mask = _move_x_height(mask, top, base_line, hand.x_height)
    if hand.width < MOST_AT_ONCE:
        width = max(2, round(mask.shape[1] * hand.width))
        left, right = round(left * hand.width), round(right * hand.width)
        image = Image.fromarray(mask).resize((width, mask.shape[0]), Image.Resampling.BILINEAR)
        mask = np.asarray(image)
    else:
        stretch = hand.width
    if hand.boldness > 0:
        mask = thicken(mask, hand.boldness * em, upright=hand.upright)
    elif hand.boldness < 0:
        # No more than a sixth of the stroke on each side, or hairlines would vanish.
        mask = thin(mask, min(-hand.boldness * em, stroke(mask) / 6))
    if hand.roundness > 0:
        soft = Image.fromarray(mask).filter(ImageFilter.BoxBlur(min(hand.roundness * em, stroke(mask) / 3)))
        mask = np.clip((np.asarray(soft).astype(np.int16) - 92) * 4, 0, 255).astype(np.uint8)
    grown = max(0, round(hand.boldness * em))
    box = (left - grown, top - grown, max(right, left + 1) + grown, bottom + grown)
    return Lettering(mask, box, stretch)


def _move_x_height(mask: Mask, top: int, base_line: int, ratio: float) -> Mask:
    """Stretch the lower part of the rows between the base line and the top, and squeeze the upper part, or back."""
    height = base_line - top
    middle = 0.7 * height  # about where small letters end, counted from the base line
    rows = np.arange(mask.shape[0], dtype=np.float32)
    knots = [0.0, top, base_line - middle * ratio, base_line, mask.shape[0]]
    sources = [0.0, top, base_line - middle, base_line, mask.shape[0]]
    chosen = np.interp(rows, knots, sources).round().astype(np.intp).clip(0, mask.shape[0] - 1)
    moved: Mask = mask[chosen]
    return moved


def stroke(mask: Mask) -> float:
    """About how wide strokes are, in pixels: twice the area over the length of the outline."""
    area = float(mask.sum(dtype=np.int64))
    outline = float(np.abs(np.diff(mask[::2].astype(np.int16), axis=1)).sum()) * 2
    return area / max(outline, 1.0) * 2


def thicken(mask: Mask, amount: float, *, upright: bool = False) -> Mask:
    """Grow the ink by so many pixels on each side, or, if upright, to the left and right alone."""
    for step in range(int(amount)):
        # Turn by turn, which keeps round things round.
        mask = _widen(mask) if upright else _grow(mask, diagonal=step % 2 == 1)
    part = amount - int(amount)
    if part < 0.05:
        return mask
    faint = ((_widen(mask) if upright else _grow(mask, diagonal=False)) * np.float32(part)).astype(np.uint8)
    np.maximum(mask, faint, out=faint)
    return faint


def thin(mask: Mask, amount: float) -> Mask:
    """Take so many pixels off the ink on each side."""
    return np.asarray(255 - thicken(255 - mask, amount), dtype=np.uint8)


def _grow(mask: Mask, *, diagonal: bool) -> Mask:
    wide = _widen(mask)
    before = wide if diagonal else mask
    grown = wide.copy()
    np.maximum(grown[1:], before[:-1], out=grown[1:])
    np.maximum(grown[:-1], before[1:], out=grown[:-1])
    return grown


def _widen(mask: Mask) -> Mask:
    wide = mask.copy()
    np.maximum(wide[:, 1:], mask[:, :-1], out=wide[:, 1:])
    np.maximum(wide[:, :-1], mask[:, 1:], out=wide[:, :-1])
    return wide
