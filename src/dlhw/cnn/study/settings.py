"""The options of a study, resolved and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Self

from dlhw.cnn.recipe import STUDY, Recipe
from dlhw.cnn.study.variants import MAIN, VARIANTS
from dlhw.errors import UsageError, check_at_least
from dlhw.learning.device import PrecisionName
from dlhw.learning.seeds import check_seed

VARIANTS_BY_DEFAULT = tuple(VARIANTS)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What is compared, and by which recipe: :data:`dlhw.cnn.recipe.STUDY`, and what differs from it.

    One recipe serves all variants, and is chosen to be fair to them rather than to be the homework's: with plain SGD
    at one constant rate, deep networks without batch normalisation hardly move, and what would be compared is how
    well a network suits that rate.

    Raises:
        UsageError: a value is out of range.
    """

    variants: tuple[str, ...] = field(default_factory=lambda: VARIANTS_BY_DEFAULT)
    """Names out of :data:`dlhw.cnn.study.variants.VARIANTS`."""

    epochs: int = STUDY.epochs
    batch_size: int = STUDY.batch_size
    learning_rate: float = STUDY.learning_rate
    """The highest one of the one-cycle schedule."""

    dropout: float = STUDY.dropout
    seed: int = 42
    """Of the first weights, the order of the images and the dropout: the same for every variant."""

    seeds: int = 1
    """How many trainings of each variant: with seed, seed + 1, …"""

    images: int | None = None
    """To learn from; ``None`` for all there are. A third as many validate, where there are more."""

    precision: PrecisionName = STUDY.precision
    """Of convolutions and matrix products; ``auto`` is bfloat16 where the hardware multiplies it."""

    def __post_init__(self) -> None:
        strange = [name for name in self.variants if name not in VARIANTS]
        if strange or not self.variants:
            raise UsageError(f"variants are {', '.join(VARIANTS)}, got {', '.join(strange) or 'none'}")
        check_at_least(1, epochs=self.epochs, seeds=self.seeds)
        if self.batch_size < 2:
            raise UsageError(f"batch normalisation needs batches of two images or more, got {self.batch_size}")
        if self.images is not None and self.images < 2:
            raise UsageError(f"a study needs two images or more to learn from, got {self.images}")
        check_seed(self.seed, self.seeds)

    @property
    def recipe(self) -> Recipe:
        """By which every variant is trained."""
        return replace(
            STUDY,
            epochs=self.epochs,
            batch_size=self.batch_size,
            learning_rate=self.learning_rate,
            dropout=self.dropout,
            precision=self.precision,
        )

    @property
    def all_seeds(self) -> range:
        return range(self.seed, self.seed + self.seeds)

    def as_config(self) -> dict[str, Any]:
        """The same as plain values for ``config.json``."""
        return asdict(self) | {"variants": list(self.variants)}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """The settings that a study was started with. Older ones name the number of images ``pictures``."""
        config = {"images": config.get("pictures"), **config}
        values = {each.name: config[each.name] for each in fields(cls)}
        return cls(**values | {"variants": tuple(config["variants"])})


QUICK: dict[str, Any] = {"epochs": 5, "images": 1800}
"""All variants in minutes: which way a comparison points, not how far."""

SHORT: dict[str, Any] = {"epochs": 4, "images": 600, "variants": MAIN}
"""The cheaper variants in a minute, for ``dlhw reproduce --quick``."""
