"""The options of a training of Question 2, resolved and checked."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, Self, get_args

from dlhw.cnn.network import NETWORK_NAMES, NetworkName
from dlhw.cnn.recipe import WHOLE
from dlhw.errors import UsageError
from dlhw.learning.device import PrecisionName

RecipeName = Literal["homework", "strong"]
RECIPE_NAMES: tuple[RecipeName, ...] = get_args(RecipeName)

STRONG: dict[str, Any] = {"learning_rates": (0.15,), "epochs": 100, "batch_size": 64, "dropout": 0.0}
"""What the recipe ``strong`` has in place of the homework's defaults. The rate is the highest of its cycle."""

STREAMS = 2
"""How the augmentation is drawn. 1 was in step with the order of the images; a run of it cannot go on by 2."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What is trained, and how. The defaults are the recipe ``homework``.

    The homework's report names neither its data nor all of its recipe: batch size 8 and 40 epochs are the
    course's defaults, and 42 its seed.

    Raises:
        UsageError: a value is out of range.
    """

    network: NetworkName = "flatten"
    learning_rates: tuple[float, ...] = (0.01,)
    """A member of the run is trained with each, for each seed."""

    epochs: int = 40
    batch_size: int = 8
    dropout: float = 0.1
    seed: int = 42
    """The first one. It seeds the first weights, the order of the pictures, and all that is drawn at random."""

    seeds: int = 1
    """How many: ``seed``, ``seed + 1`` and so on. The pictures and their splits are the same for all of them."""

    recipe: RecipeName = "homework"
    """``homework``: cross-entropy, plain SGD at a constant learning rate, pixels from 0 to 1, no augmentation.
    ``strong``: as :mod:`dlhw.cnn.strong` has it."""

    def __post_init__(self) -> None:
        if self.network not in NETWORK_NAMES:
            raise UsageError(f"the network is one of {', '.join(NETWORK_NAMES)}; {self.network!r} came")
        if self.recipe not in RECIPE_NAMES:
            raise UsageError(f"the recipe is one of {', '.join(RECIPE_NAMES)}; {self.recipe!r} came")
        if not self.learning_rates:
            raise UsageError("at least one learning rate is needed")
        for rate in self.learning_rates:
            if not (math.isfinite(rate) and rate > 0):
                raise UsageError(
                    f"--lr must be a number above 0; {rate:g} came", "the homework tried 0.1, 0.01 and 0.001"
                )
        if len(set(self.learning_rates)) < len(self.learning_rates):
            raise UsageError("the same --lr came twice", "each learning rate is trained once; --seeds repeats it")
        if self.epochs < 1:
            raise UsageError(f"--epochs must be 1 or more; {self.epochs} came")
        if self.batch_size < 1:
            raise UsageError(f"--batch-size must be 1 or more; {self.batch_size} came")
        if self.batch_size == 1 and self.network == "gap":
            raise UsageError("batch normalisation cannot learn from batches of one picture", "--batch-size 2 or more")
        if not 0 <= self.dropout < 1:
            raise UsageError(f"dropout must be from 0 to below 1; {self.dropout:g} came")
        if self.seeds < 1:
            raise UsageError(
                f"--seeds must be 1 or more; {self.seeds} came", "it is how many, and --seed the first one"
            )
        if not 0 <= self.seed <= 2**32 - self.seeds:
            last = (
                ""
                if self.seeds == 1
                else f", and with --seeds {self.seeds} the last one is {self.seed + self.seeds - 1}"
            )
            raise UsageError(f"--seed must be from 0 to 2³² − 1; {self.seed} came{last}")

    @classmethod
    def of_recipe(cls, **given: Any) -> Self:
        """The settings of a recipe, in which what is ``given`` takes the place of its defaults."""
        return cls(**(STRONG if given.get("recipe") == "strong" else {}) | given)

    def as_config(self) -> dict[str, Any]:
        """The same as plain values for ``config.json``, with the numbers of the recipe ``strong``."""
        numbers = {"strong": asdict(WHOLE) | {"random_streams": STREAMS}} if self.recipe == "strong" else {}
        return asdict(self) | {"learning_rates": list(self.learning_rates)} | numbers

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """The settings that a run was started with; what a run of an earlier dlhw does not name has its default."""
        values = {field.name: config[field.name] for field in fields(cls) if field.name in config}
        return cls(**values | {"learning_rates": tuple(config["learning_rates"])})

    @property
    def precision(self) -> PrecisionName:
        """Of convolutions and matrix products, as :func:`dlhw.learning.device.choose_precision` takes it."""
        return WHOLE.precision if self.recipe == "strong" else "float32"

    @property
    def is_homework(self) -> bool:
        """Whether all but the network, the learning rates and the seeds is as in the homework."""
        ours = (self.recipe, self.epochs, self.batch_size, self.dropout)
        return ours == (Settings.recipe, Settings.epochs, Settings.batch_size, Settings.dropout)

    def members(self) -> list[tuple[float, int]]:
        """Learning rate and seed of each member, in the order of ``results``."""
        return [(rate, self.seed + index) for rate in self.learning_rates for index in range(self.seeds)]


def member_name(learning_rate: float, seed: int) -> str:
    """The name of a member's folder, as in ``lr0.01-seed42``."""
    return f"lr{learning_rate!r}-seed{seed}"
