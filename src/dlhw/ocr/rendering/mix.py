"""Mixes of rendering: how often words look in which way. A mix has a name and never changes under it.

``full`` is that of the homework's networks and of all validation and test words; its words stay the same bit for bit,
so that their numbers can be compared. ``reader`` is harder, and what the recogniser `reader` learns from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import Literal

import numpy as np

Difficulty = Literal["plain", "full", "reader"]
Chances = tuple[tuple[str, float], ...]
"""Kinds, each with how often it comes; they sum to 1."""


FRAGILE = frozenset({"neon", "lamps", "watermark", "material", "in relief"})
"""Styles that leave little of the letters' contrast."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How one word is drawn: a kind of each stage. The defaults are the simplest."""

    line: str = "straight"
    """What it stands on; see :mod:`dlhw.ocr.rendering.drawing.curves`. ``badge`` is an arc within a coloured band."""
    pose: str = "upright"
    """How it is seen; see :mod:`dlhw.ocr.rendering.drawing.poses`."""
    cloth: str = "flat"
    """``flat`` or ``elastic``."""
    spacing: str = "usual"
    """``usual`` or ``wide``."""
    style: str = "ink"
    """What the letters are made of; see :mod:`dlhw.ocr.rendering.drawing.styles`."""
    behind: str = "nothing"
    before: str = "nothing"
    """What is behind and before the word; see :mod:`dlhw.ocr.rendering.drawing.surroundings`."""
    lens: str = "usual"
    """See :mod:`dlhw.ocr.rendering.drawing.camera`."""


USUAL = Plan()


@dataclass(frozen=True, kw_only=True)
class Mix:
    """How often words look in which way."""

    name: str
    looks: Chances
    """``plain`` is black print on white; ``world`` as words on pages, screens and signs mostly look; ``composed`` has
    a kind of each stage below."""
    lines: Chances = ()
    poses: Chances = ()
    cloths: Chances = ()
    spacings: Chances = ()
    styles: Chances = ()
    behind: Chances = ()
    before: Chances = ()
    lenses: Chances = ()

    def __post_init__(self) -> None:
        for field in fields(self):
            chances = getattr(self, field.name)
            if field.name != "name" and chances and abs(sum(chance for _, chance in chances) - 1) > 1e-9:
                raise ValueError(f"the chances of {field.name} of {self.name} do not sum to 1")

    def plan(self, rng: np.random.Generator) -> Plan:
        """Draw the plan of one composed word."""
        plan = Plan(
            line=pick(self.lines, rng),
            pose=pick(self.poses, rng),
            cloth=pick(self.cloths, rng),
            spacing=pick(self.spacings, rng),
            style=pick(self.styles, rng),
            behind=pick(self.behind, rng),
            before=pick(self.before, rng),
            lens=pick(self.lenses, rng),
        )
        # What is faint already nobody could read in the dark or behind a wire.
        return replace(plan, before="nothing", lens="usual") if plan.style in FRAGILE else plan


def pick(chances: Chances, rng: np.random.Generator) -> str:
    """One of the kinds. Nothing is drawn where there is but one."""
    if len(chances) == 1:
        return chances[0][0]
    left = rng.random()
    for name, chance in chances:
        if left < chance:
            return name
        left -= chance
    return chances[-1][0]  # the chances sum to 1 but for rounding


# One kind a line.
# fmt: off
PLAIN = Mix(name="plain", looks=(("plain", 1.0),))
FULL = Mix(name="full", looks=(("plain", 0.15), ("world", 0.85)))
READER = Mix(
    name="reader",
    looks=(("plain", 0.08), ("world", 0.17), ("composed", 0.75)),
    lines=(("straight", 0.59), ("arc", 0.17), ("badge", 0.13), ("s", 0.05), ("strays", 0.06)),
    poses=(
        ("upright", 0.38),
        ("turned", 0.2),
        ("turned far", 0.07),
        ("sheared", 0.12),
        ("from the side", 0.15),
        ("all", 0.08),
    ),
    cloths=(("flat", 0.87), ("elastic", 0.13)),
    spacings=(("usual", 0.93), ("wide", 0.07)),
    styles=(
        ("ink", 0.55),
        ("extruded", 0.05),
        ("outlined twice", 0.04),
        ("outlined with shadow", 0.05),
        ("neon", 0.03),
        ("lamps", 0.035),
        ("stitched", 0.025),
        ("material", 0.07),
        ("in colours", 0.025),
        ("watermark", 0.03),
        ("in relief", 0.035),
        ("on a label", 0.02),
        ("graded", 0.04),
    ),
    behind=(("nothing", 0.85), ("text behind", 0.08), ("rims", 0.07)),
    before=(("nothing", 0.84), ("wires", 0.04), ("stains", 0.05), ("glare", 0.04), ("something before", 0.03)),
    lenses=(("usual", 0.7), ("sharp", 0.05), ("low resolution", 0.1), ("out of focus", 0.1), ("dark", 0.05)),
)
# fmt: on
MIXES: Mapping[Difficulty, Mix] = MappingProxyType({"plain": PLAIN, "full": FULL, "reader": READER})
