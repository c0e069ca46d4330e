"""Words along curves, each letter whole and turned with the curve: arcs of circles and ellipses, S-curves, waves."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from dlhw.errors import DataError
from dlhw.ocr.rendering.drawing.lettering import MARGIN, Hand, Lettering, Mask, shape, stamp
from dlhw.ocr.rendering.fonts import Face
from dlhw.ocr.rendering.glyphs import EM, Glyph, typecase

Line = Literal["straight", "up", "down", "s", "wave"]

LEAST_RADIUS = 0.85
"""In ems, of the circle that the letters' middles lie on: on a smaller one their feet overlap."""

MIDDLE = 0.33
"""Of letters above the base line, in ems; it runs along the curve, so that tops and feet crowd evenly."""

POINTS = 129


@dataclass(frozen=True, kw_only=True)
class Curve:
    """The line that a word stands on."""

    line: Line = "straight"
    """``up`` is an arch, ``down`` a bowl."""
    span: float = 0.0
    """Radians that the letters of an arc turn through from the first to the last."""
    flatness: float = 1.0
    """Height against width of the ellipse that an arc belongs to; 1 is a circle."""
    height: float = 0.0
    """Of an S or a wave, against the word's length."""
    tilt: float = 0.0
    """The whole word turned, in radians, as letters on one side of a round sign are."""


@dataclass(frozen=True, kw_only=True)
class Stray:
    """How far single letters stray, as standard deviations."""

    turn: float = 0.0
    """Radians."""
    size: float = 0.0
    """Of the logarithm of a letter's size."""
    rise: float = 0.0
    """Ems off the line."""


NO_STRAY = Stray()


class _Placed(NamedTuple):
    glyph: Glyph
    at: float
    """Where along the line its middle lies, in pixels from the word's beginning."""


def draw_arc(rng: np.random.Generator) -> Curve:
    """An arc up or down, of 18° to 185°: half of them parts of circles, the others of ellipses."""
    span = math.radians(18) + (math.radians(185) - math.radians(18)) * rng.random()
    flatness = 1.0 if rng.random() < 0.6 else 0.5 + 0.85 * rng.random()
    tilt = 0.0
    if rng.random() < 0.45:  # on the side of a round sign; the farther, the shorter the arc
        tilt = math.radians(60) * (2 * rng.random() - 1) * max(0.15, 1 - span / math.radians(170))
    return Curve(line="down" if rng.random() < 0.35 else "up", span=span, flatness=flatness, tilt=tilt)


def draw_s(rng: np.random.Generator) -> Curve:
    """One bend up and one down, or a wave of up to two."""
    if rng.random() < 0.5:
        return Curve(line="s", height=(0.06 + 0.1 * rng.random()) * (1 if rng.random() < 0.5 else -1))
    return Curve(line="wave", height=(0.02 + 0.04 * rng.random()) * (1 if rng.random() < 0.5 else -1))


class OnCurve(NamedTuple):
    """A word along a curve, and the curve itself."""

    lettering: Lettering
    line: NDArray[np.float64]
    """(n, 2): points at the letters' middle height, in pixels of the lettering's mask; longer than the word."""

    def band(self, inner: float, outer: float) -> Lettering:
        """A band that the word stands on, as a badge or a banner has it, in place of the letters.

        Args:
            inner: how far it reaches below the letters' middle, in ems.
            outer: and above it.
        """
        dx, dy = np.gradient(self.line, axis=0).T
        above = np.stack([dy, -dx], axis=1) / np.maximum(np.hypot(dx, dy), 1e-6)[:, None]
        upper, lower = self.line + above * (outer * EM), self.line - above * (inner * EM)
        mask = self.lettering.mask
        image = Image.new("L", (mask.shape[1], mask.shape[0]))
        outline = np.concatenate([upper, lower[::-1]])
        ImageDraw.Draw(image).polygon([(float(x), float(y)) for x, y in outline], fill=255)
        return self.lettering._replace(mask=np.asarray(image))


def on_curve(
    text: str, face: Face, hand: Hand, curve: Curve, rng: np.random.Generator, *, stray: Stray = NO_STRAY
) -> OnCurve:
    """Set a word along a curve, in a face at a size of :data:`EM` pixels.

    Short words are spaced so far that they fill a wide arc and no letter covers another.

    Raises:
        DataError: the face draws nothing for this text.
    """
    placed, length = _set_out(text, face, hand)
    least = LEAST_RADIUS * EM * curve.span
    if curve.span and length < least and len(placed) > 1:
        # The outer letters' middles lie at the ends of the arc.
        first, last = placed[0].at, placed[-1].at
        wider = (least - (length - (last - first))) / max(last - first, 1.0)
        placed = [one._replace(at=first + (one.at - first) * wider) for one in placed]
        length = placed[-1].at + (length - last)
    points = _points(curve, length)
    along, slope = _measured(points)
    inked = []
    for one in placed:
        if not one.glyph.ink.size:
            continue
        s = one.at - length / 2
        x, y, turn = (float(np.interp(s, along, values)) for values in (points[:, 0], points[:, 1], slope))
        inked.append(_turned(one.glyph, x, y, turn, hand, stray, rng))
    if not inked:
        raise DataError(f"{face.path} has glyphs for “{text}”, and they are blank", "leave this font out of `fonts`")
    lettering, left, top = _assembled(inked, hand)
    return OnCurve(lettering, points - np.array([left, top]))


def _set_out(text: str, face: Face, hand: Hand) -> tuple[list[_Placed], float]:
    """Where letters stand on a straight line, and how long it is."""
    case = typecase(face.path, face.index, face.axes, EM)
    pen, placed = 0.0, []
    for at, character in enumerate(text):
        glyph = case.glyph(character)
        if at:
            pen += case.kerning(text[at - 1 : at + 1]) * hand.width
        advance = glyph.advance * hand.width
        placed.append(_Placed(glyph, pen + advance / 2))
        pen += advance + hand.tracking * EM
    return placed, max(pen - hand.tracking * EM, 1.0)


def _points(curve: Curve, length: float) -> NDArray[np.float64]:
    """(n, 2): the line, y down, a quarter longer than the word so that its last letters have a slope."""
    t = np.linspace(-1.25, 1.25, POINTS)
    if curve.line in ("up", "down") and curve.span > 1e-3:
        angle = t * curve.span / 2
        radius = length / curve.span
        bow = curve.flatness * radius * (1 - np.cos(angle))
        points = np.stack([radius * np.sin(angle), bow if curve.line == "up" else -bow], axis=1)
    elif curve.line in ("s", "wave"):
        bends = 1.0 if curve.line == "s" else 2.0
        points = np.stack([t * length / 2, curve.height * length * np.sin(t * math.pi * bends)], axis=1)
    else:
        points = np.stack([t * length / 2, np.zeros(POINTS)], axis=1)
    if curve.tilt:
        cosine, sine = math.cos(curve.tilt), math.sin(curve.tilt)
        points = points @ np.array([[cosine, sine], [-sine, cosine]])
    return points


def _measured(points: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Distances along the line, 0 at its middle, and its slope in radians, at each point."""
    steps = np.hypot(*np.diff(points, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    dx, dy = np.gradient(points, axis=0).T
    return along - along[-1] / 2, np.unwrap(np.arctan2(dy, dx))


def _turned(
    glyph: Glyph, x: float, y: float, turn: float, hand: Hand, stray: Stray, rng: np.random.Generator
) -> tuple[Mask, int, int]:
    """A letter's ink turned with the line, and where its upper left corner lies."""
    size = 1.0
    if stray.size or stray.turn or stray.rise:
        turns, sizes, rises = rng.standard_normal(3).tolist()
        turn += stray.turn * turns
        size = math.exp(stray.size * sizes)
        y -= stray.rise * EM * rises
    ink = Image.fromarray(glyph.ink)
    scaled = (max(1, round(ink.width * hand.width * size)), max(1, round(ink.height * size)))
    # From the letter's middle on the line to the middle of its ink.
    dx = (glyph.left + ink.width / 2 - glyph.advance / 2) * hand.width * size
    dy = (glyph.top + ink.height / 2) * size + MIDDLE * EM
    if scaled != ink.size:
        ink = ink.resize(scaled, Image.Resampling.BILINEAR)
    if abs(turn) > 0.01:
        ink = ink.rotate(-math.degrees(turn), Image.Resampling.BILINEAR, expand=True)
    cosine, sine = math.cos(turn), math.sin(turn)
    middle_x, middle_y = x + dx * cosine - dy * sine, y + dx * sine + dy * cosine
    return np.asarray(ink), round(middle_x - ink.width / 2), round(middle_y - ink.height / 2)


def _assembled(inked: list[tuple[Mask, int, int]], hand: Hand) -> tuple[Lettering, int, int]:
    """The letters together, and what lies in the upper left corner of their mask."""
    left, top = min(x for _, x, _ in inked), min(y for _, _, y in inked)
    right = max(x + ink.shape[1] for ink, x, _ in inked)
    bottom = max(y + ink.shape[0] for ink, _, y in inked)
    margin = round(MARGIN * EM)
    mask = np.zeros((bottom - top + 2 * margin, right - left + 2 * margin), dtype=np.uint8)
    for ink, x, y in inked:
        stamp(mask, ink, x - left + margin, y - top + margin)
    # Turned letters bring empty corners along: the box is that of the ink.
    rows, columns = np.flatnonzero(mask.max(axis=1) > 40), np.flatnonzero(mask.max(axis=0) > 40)
    if not rows.size or not columns.size:
        box = (margin, margin, margin + right - left, margin + bottom - top)
    else:
        box = (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
    # Widths are in the letters already, and no one height of small letters holds along a curve.
    shaped = shape(Lettering(mask, box), replace(hand, width=1.0, x_height=1.0), EM, base_line=margin - top)
    return shaped, left - margin, top - margin
