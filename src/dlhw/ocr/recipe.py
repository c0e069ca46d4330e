"""Training recipes as values: every number that decides how a word network is trained.

A recipe of one's own is one more value, and an ablation is ``replace(SHIPPED, batch_size=64)``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from dlhw.errors import UsageError

if TYPE_CHECKING:  # recipes are values, also where PyTorch is not imported
    from dlhw.learning.device import PrecisionName
    from dlhw.ocr.rendering.mix import Difficulty

ScheduleName = Literal["one-cycle", "stable"]


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How :class:`dlhw.ocr.training.WordTask` trains, by AdamW. :data:`RECIPES` holds the named ones."""

    epochs: int = 10

    words: int = 16_384
    """Rendered words in an epoch, new ones each time. The user's own words are all learnt in every epoch."""

    batch_size: int = 32

    learning_rate: float = 2e-3
    """The highest of the schedule."""

    schedule: ScheduleName = "one-cycle"
    """``one-cycle`` goes up and down once over all epochs. ``stable`` stays at the highest rate until the
    last tenth of the epochs: how long it will be need not be known at its start. See
    :mod:`dlhw.learning.rate_schedules`."""

    weight_decay: float = 0.01

    gradient_norm: float = 5.0
    """Longer gradients are cut to this length: one unlucky batch shall not undo a thousand."""

    average_decay: float = 0.0
    """What a step leaves of the exponential moving average of the weights, which then is what counts: 0.999 reaches
    over the last 1,000 steps or so. 0 has no average."""

    mix: Difficulty = "full"
    """How the words to learn from, and those to choose the best epoch by, are rendered."""

    precision: PrecisionName = "auto"
    """What convolutions and matrix products compute in: ``auto`` is bfloat16 where the hardware multiplies it."""


QUICK = Recipe()
"""The bare command's: a recogniser in minutes."""

SHIPPED = replace(QUICK, epochs=10, words=30_000)
"""It made the homework's two recognisers in the package."""

READER = replace(
    QUICK,
    epochs=40,
    words=25_000,
    batch_size=64,
    mix="reader",
    schedule="stable",
    learning_rate=8e-4,
    average_decay=0.999,
)
"""The first 2.6 million words of the recogniser ``reader``: on the CPU, extended for as long as there is time."""

READER_ON_GPU = replace(READER, words=50_000, batch_size=256, learning_rate=1e-3, average_decay=0.998)
"""The same in larger batches, for a GPU: it made the packaged ``reader`` from there on."""

RECIPES: Mapping[str, Recipe] = {
    "quick": QUICK,
    "shipped": SHIPPED,
    "reader": READER,
    "reader-gpu": READER_ON_GPU,
}
"""What ``dlhw ocr train --recipe`` takes."""

TUNING_RATE = 5e-4
"""The learning rate of fine-tuning, which starts from trained weights, where none is given."""


def find_recipe(name: str) -> Recipe:
    """The recipe of that name.

    Raises:
        UsageError: there is none.
    """
    if name not in RECIPES:
        raise UsageError(f"`recipe` is one of {', '.join(RECIPES)}, got {name!r}")
    return RECIPES[name]
