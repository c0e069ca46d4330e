"""The numbers of the recipe ``strong``."""

from __future__ import annotations

from dataclasses import dataclass

from dlhw.learning.device import PrecisionName


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How :class:`dlhw.cnn.strong.StrongTask` trains. ``benchmarks/cnn_recipe.py`` measures what each part brings."""

    mirror: bool = True
    """Whether every other picture, by chance, has left and right exchanged."""

    shift: int = 4
    """Pixels that a picture is moved at most, up or down and left or right; what comes in is its reflection."""

    light: float = 0.15
    """Added to all pixels of a picture, or taken from them, at most; they go from 0 to 1."""

    contrast: float = 0.15
    """Differences from the picture's mean become larger or smaller by this part at most."""

    cut_mix: float = 0.5
    """The part of the pictures that have a square of another picture pasted over them, with as much of its label."""

    one_cycle: bool = True
    """Whether the learning rate goes up and down (Smith, Topin 2019, arXiv:1708.07120), or stays where it is."""

    momentum: float = 0.9
    """Nesterov's; 0 for none."""

    weight_decay: float = 5e-4

    label_smoothing: float = 0.1
    """Of the target's probability, so much is spread over all classes (Szegedy et al. 2016, arXiv:1512.00567)."""

    average_decay: float = 0.995
    """What a step leaves of the averaged weights: 0.995 reaches over the last 200 steps or so, 0 has no average."""

    precision: PrecisionName = "auto"
    """What convolutions and matrix products compute in: ``auto`` is bfloat16 where the hardware multiplies it."""


WHOLE = Recipe()
"""The recipe as ``dlhw cnn train --recipe strong`` uses it."""
