"""The options of a training of Question 3, resolved and checked."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, Self

from dlhw.errors import UsageError
from dlhw.learning.device import PrecisionName
from dlhw.ocr.rendering.mix import Difficulty

ScheduleName = Literal["one-cycle", "stable"]

EPOCHS, WORDS = 10, 16_384
LEARNING_RATE, TUNING_RATE = 2e-3, 5e-4
RECIPES: dict[str, dict[str, Any]] = {
    "quick": {},
    "shipped": {"epochs": 10, "words": 30_000},
    "reader": {
        "epochs": 40,
        "words": 25_000,
        "batch_size": 64,
        "mix": "reader",
        "schedule": "stable",
        "learning_rate": 8e-4,
        "average_decay": 0.999,
    },
}
"""Named sets of defaults: those of the bare command, those that made the homework's two recognisers in the package, and
those of the recogniser `reader`, which may be extended for as long as there is time."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What is trained, and how.

    Raises:
        UsageError: a value is out of range.
    """

    attention: bool = True
    epochs: int = EPOCHS

    words: int = WORDS
    """Rendered words in an epoch, new ones each time. A person's own words are all learnt in every epoch."""

    batch_size: int = 32

    learning_rate: float = LEARNING_RATE
    """The highest of the schedule."""

    schedule: ScheduleName = "one-cycle"
    """``one-cycle`` goes up and down once over all epochs. ``stable`` stays at the highest rate until the
    last tenth of the epochs: how long it will be need not be known at its start. See :mod:`dlhw.learning.stable`."""

    average_decay: float = 0.0
    """What a step leaves of the averaged weights, which then are what counts: 0.999 reaches over the last 1,000 steps
    or so. 0 has no average."""

    mix: Difficulty = "full"
    """How the words to learn from, and those to choose the best epoch by, are rendered."""

    patience: int | None = None
    """Stop when so many epochs in a row were no better; ``None`` trains to the last."""

    precision: PrecisionName = "auto"
    seed: int = 42
    """Of the first weights, of the words that are rendered to learn from, and of their order."""

    def __post_init__(self) -> None:
        for name, value in (("epochs", self.epochs), ("words", self.words), ("batch-size", self.batch_size)):
            if value < 1:
                raise UsageError(f"--{name} must be 1 or more; {value} came")
        if self.batch_size == 1:
            raise UsageError("batch normalisation needs more than one picture in a batch", "2 or more")
        if not (math.isfinite(self.learning_rate) and self.learning_rate > 0):
            raise UsageError(f"--lr must be a number above 0; {self.learning_rate:g} came", f"try {LEARNING_RATE:g}")
        if self.patience is not None and self.patience < 1:
            raise UsageError(f"--patience must be 1 or more; {self.patience} came", "leave it out to train to the end")
        if not 0 <= self.seed < 2**32:
            raise UsageError(f"--seed must be from 0 to 2³² − 1; {self.seed} came")

    def as_config(self) -> dict[str, Any]:
        """The same as plain values for ``config.json``."""
        return asdict(self)

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """The settings that a run was started with."""
        # A run of an earlier version lacks what came later, and had the defaults.
        return cls(**{field.name: config[field.name] for field in fields(cls) if field.name in config})

    @property
    def member_name(self) -> str:
        """The name of the member's folder, as in ``attention-seed42``."""
        return f"{'attention' if self.attention else 'no-attention'}-seed{self.seed}"
