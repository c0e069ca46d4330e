"""A word of the harder mix, drawn by its plan."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PIL import Image

from dlhw.ocr.rendering.drawing.curves import Curve, OnCurve, Stray, draw_arc, draw_s, on_curve
from dlhw.ocr.rendering.drawing.geometry import Pose, draw_pose, place
from dlhw.ocr.rendering.drawing.lettering import Hand, Lettering, draw_hand, letter
from dlhw.ocr.rendering.drawing.poses import elastic, from_the_side, sheared, turned
from dlhw.ocr.rendering.fonts import Face
from dlhw.ocr.rendering.mix import Plan
from dlhw.ocr.rendering.typography import typeset
from dlhw.ocr.rendering.world import clear_of_neighbours, paint


def compose(text: str, face: Face, plan: Plan, rng: np.random.Generator) -> Image.Image:
    """Draw a word by its plan."""
    hand = draw_hand(text, rng)
    if plan.spacing == "wide":
        # A whole letter of a neighbour would stand as near as the word's own.
        hand = replace(hand, tracking=0.3 + 0.9 * rng.random(), before=False, after=False)
    pose = draw_pose(len(text), rng)
    typed = typeset(text, face.characters, rng)
    if plan.line == "straight":
        lettering, band = letter(typed, face, hand, rng), None
        pose = clear_of_neighbours(pose, hand)
    else:
        along = _along_a_line(typed, face, hand, plan.line, rng)
        lettering = along.lettering
        band = along.band(0.48 + 0.3 * rng.random(), 0.48 + 0.3 * rng.random()) if plan.line == "badge" else None
        pose = _roomy(pose, lettering, rng)
    pose = _posed(pose, plan.pose, len(text), rng)
    mask = place(lettering, pose)
    if plan.cloth == "elastic":
        mask = elastic(mask, rng)
    return paint(mask, rng, plan, None if band is None else place(band, pose))


def _along_a_line(text: str, face: Face, hand: Hand, line: str, rng: np.random.Generator) -> OnCurve:
    width = min(max(0.85 + 0.14 * float(rng.standard_normal()), 0.55), 1.3)
    hand = replace(hand, width=width, bounce=0.0)
    if line in ("arc", "badge"):
        return on_curve(text, face, hand, draw_arc(rng), rng)
    if line == "s":
        return on_curve(text, face, hand, draw_s(rng), rng)
    stray = Stray(turn=0.06 + 0.14 * rng.random(), size=0.12 * rng.random(), rise=0.09 * rng.random())
    return on_curve(text, face, hand, Curve(), rng, stray=stray)


def _roomy(pose: Pose, lettering: Lettering, rng: np.random.Generator) -> Pose:
    """The image is higher against its letters than a straight word's: margins and resolution follow."""
    _, top, _, bottom = lettering.box
    lines = min((bottom - top) / 40, 3.0)  # of capitals, of about 40 pixels
    # Round signs are often cut out so that letters touch the edge.
    share = 0.25 if rng.random() < 0.35 else 1.0
    margins = tuple(max(-0.03, share * margin / max(lines, 1)) for margin in pose.margins)
    most = 40 + 22 * lines
    height = round(30 * (most / 30) ** rng.random())
    return replace(pose, arch=0.0, wave=0.0, margins=margins, height=min(height, 96))  # type: ignore[arg-type]


def _posed(pose: Pose, kind: str, letters: int, rng: np.random.Generator) -> Pose:
    if kind in ("turned", "turned far"):
        return turned(pose, letters, rng, far=kind == "turned far")
    if kind == "sheared":
        return sheared(pose, rng)
    if kind == "from the side":
        return from_the_side(pose, rng)
    if kind == "all":
        return from_the_side(sheared(turned(pose, letters, rng), rng), rng)
    return pose
