"""Training recipes as values: every hyperparameter of a landscape network's training.

A recipe of one's own is one more value, and an ablation is ``replace(STRONG, mirror=False)``.
``benchmarks/cnn_recipe.py`` measures what each part of ``STRONG`` brings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:  # recipes are values, also where PyTorch is not imported
    from dlhw.learning.device import PrecisionName

RANDOM_STREAMS = 2
"""How augmentation is drawn. 1 was in step with the order of the images; a run of it cannot go on by 2."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How :class:`dlhw.cnn.task.ClassificationTask` trains. :data:`RECIPES` holds the named ones."""

    optimizer: Literal["sgd", "adamw"] = "sgd"
    """Stochastic gradient descent, or AdamW (Loshchilov, Hutter 2019, arXiv:1711.05101)."""

    learning_rate: float = 0.01
    """Of every step; with ``one_cycle`` the highest one."""

    schedule: Literal["constant", "one_cycle"] = "constant"
    """``one_cycle`` goes up and down once (Smith, Topin 2019, arXiv:1708.07120)."""

    momentum: float = 0.0
    """Nesterov's; 0 for none. SGD only."""

    weight_decay: float = 0.0
    epochs: int = 40
    batch_size: int = 8
    dropout: float = 0.1
    """Probability with which a feature is dropped, after every block and hidden layer."""

    label_smoothing: float = 0.0
    """Of the target's probability, so much is spread over all classes (Szegedy et al. 2016, arXiv:1512.00567)."""

    mirror: bool = False
    """Whether every other image, by chance, has left and right exchanged."""

    shift: int = 0
    """Pixels that an image is moved at most, up or down and left or right; what comes in is its reflection."""

    brightness: float = 0.0
    """Added to all pixels of an image, or taken from them, at most; they go from 0 to 1."""

    contrast: float = 0.0
    """Differences from the image's mean become larger or smaller by this part at most."""

    cut_mix: float = 0.0
    """The part of the images that have a square of another image pasted over them, with as much of its label."""

    ema_decay: float = 0.0
    """What a step leaves of the exponential moving average of the weights, which is then what is evaluated: 0.995
    reaches over the last 200 steps or so. 0 keeps no average."""

    precision: PrecisionName = "float32"
    """What convolutions and matrix products compute in: ``auto`` is bfloat16 where the hardware multiplies it."""

    evaluate_in_precision: bool = False
    """Whether validation and test compute in ``precision`` too, or in float32, as ``dlhw cnn eval`` does."""

    @property
    def augments(self) -> bool:
        """Whether an image differs from epoch to epoch."""
        return bool(self.mirror or self.shift or self.brightness or self.contrast or self.cut_mix)


HOMEWORK = Recipe()
"""The homework's: its report names neither batch size nor epochs, and 8 and 40 are the course's defaults."""

STRONG = Recipe(
    learning_rate=0.15,
    schedule="one_cycle",
    momentum=0.9,
    weight_decay=5e-4,
    epochs=100,
    batch_size=64,
    dropout=0.0,
    label_smoothing=0.1,
    mirror=True,
    shift=4,
    brightness=0.15,
    contrast=0.15,
    cut_mix=0.5,
    ema_decay=0.995,
    precision="auto",
)
"""The homework's networks, without a further parameter, by the best recipe found. What each part brings, and what was
tried and left out, is in ``docs/question2.md``."""

STUDY = replace(
    HOMEWORK,
    optimizer="adamw",
    learning_rate=0.002,
    schedule="one_cycle",
    weight_decay=0.01,
    epochs=10,
    batch_size=32,
    precision="auto",
    evaluate_in_precision=True,
)
"""Fair to all networks of ``dlhw cnn study``: AdamW scales each weight's step by its own gradients, so that depth and
normalisation change it little, and a rate that falls to almost nothing lets the last epoch be the one to measure."""

RECIPES: Mapping[str, Recipe] = {"homework": HOMEWORK, "strong": STRONG, "study": STUDY}
"""What ``dlhw cnn train --recipe`` takes."""
