"""The options of a study, resolved and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal, Self

from dlhw.cnn.study.variants import MAIN, VARIANTS
from dlhw.errors import UsageError

VARIANTS_BY_DEFAULT = tuple(VARIANTS)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What is compared, and by which recipe.

    One recipe serves all variants, and is chosen to be fair to them rather than to be the homework's: with plain SGD
    at one constant rate, deep networks without batch normalisation hardly move, and what would be compared is how
    well a network suits that rate. AdamW scales each weight's step by its own gradients, so that depth and
    normalisation change it little, and a rate that falls to almost nothing lets the last epoch be the one to measure:
    no epoch is chosen by luck.

    Raises:
        UsageError: a value is out of range.
    """

    variants: tuple[str, ...] = field(default_factory=lambda: VARIANTS_BY_DEFAULT)
    """Names out of :data:`dlhw.cnn.study.variants.VARIANTS`."""

    epochs: int = 10
    batch_size: int = 32
    learning_rate: float = 0.002
    """The highest one of the one-cycle schedule."""

    dropout: float = 0.1
    seed: int = 42
    """Of the first weights, the order of the pictures and the dropout: the same for every variant."""

    seeds: int = 1
    """How many trainings of each variant: with seed, seed + 1, …"""

    pictures: int | None = None
    """To learn from; ``None`` for all there are. A third as many validate, where there are more."""

    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """Of convolutions and matrix products; ``auto`` is bfloat16 where the hardware multiplies it."""

    def __post_init__(self) -> None:
        strange = [name for name in self.variants if name not in VARIANTS]
        if strange or not self.variants:
            raise UsageError(f"variants are {', '.join(VARIANTS)}; {', '.join(strange) or 'none'} came")
        for name, value, least in (("epochs", self.epochs, 1), ("seeds", self.seeds, 1)):
            if value < least:
                raise UsageError(f"--{name} must be {least} or more; {value} came")
        if self.batch_size < 2:
            raise UsageError(f"batch normalisation needs batches of two pictures or more; {self.batch_size} came")
        if self.pictures is not None and self.pictures < 2:
            raise UsageError(f"a study needs two pictures or more to learn from; {self.pictures} came")
        if not 0 <= self.seed <= 2**32 - self.seeds:
            raise UsageError(f"--seed must be from 0 to 2³² − 1; {self.seed} came")

    @property
    def all_seeds(self) -> range:
        return range(self.seed, self.seed + self.seeds)

    def as_config(self) -> dict[str, Any]:
        """The same as plain values for ``config.json``."""
        return asdict(self) | {"variants": list(self.variants)}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """The settings that a study was started with."""
        values = {each.name: config[each.name] for each in fields(cls)}
        return cls(**values | {"variants": tuple(config["variants"])})


QUICK: dict[str, Any] = {"epochs": 5, "pictures": 1800}
"""All variants in minutes: which way a comparison points, not how far."""

SHORT: dict[str, Any] = {"epochs": 4, "pictures": 600, "variants": MAIN}
"""The cheaper variants in a minute, for ``dlhw reproduce --quick``."""
