"""The options of a training of Question 2, resolved and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Self, get_args

from dlhw.cnn.architecture import ARCHITECTURES, NETWORK_NAMES
from dlhw.cnn.class_weights import WeightsName
from dlhw.cnn.network import Buildable
from dlhw.cnn.own.network import OwnNetwork
from dlhw.cnn.recipe import HOMEWORK, RANDOM_STREAMS, RECIPES, Recipe
from dlhw.errors import UsageError, check_at_least
from dlhw.learning.schemas import LARGEST_RATE
from dlhw.learning.seeds import check_seed


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What is trained, and how: a recipe, and what a person chose to differ from it. See :meth:`of_recipe`.

    The homework's report names neither its data nor all of its recipe; 42 is the course's seed.

    Raises:
        UsageError: a value is out of range.
    """

    network: str = "flatten"
    """``flatten`` or ``gap``, or the name of ``module``."""

    module: OwnNetwork | None = None
    """A person's network."""

    learning_rates: tuple[float, ...] = (HOMEWORK.learning_rate,)
    """A trial of the run is trained with each, for each seed."""

    epochs: int = HOMEWORK.epochs
    batch_size: int = HOMEWORK.batch_size
    dropout: float = HOMEWORK.dropout
    seed: int = 42
    """The first one. It seeds the first weights, the order of the images, and all that is drawn at random."""

    seeds: int = 1
    """How many: ``seed``, ``seed + 1`` and so on. The images and their splits are the same for all of them."""

    patience: int | None = None
    """Early stopping: a trial ends after so many epochs in a row of no better validation accuracy."""

    class_weights: WeightsName | None = None
    """In the training loss alone: ``balanced`` gives every class the same part in it; ``None`` every image."""

    recipe: str = "homework"
    """A name out of :data:`dlhw.cnn.recipe.RECIPES`, which has all other numbers."""

    def __post_init__(self) -> None:
        if self.module is None and self.network not in NETWORK_NAMES:
            raise UsageError(f"`network` is one of {', '.join(NETWORK_NAMES)}, got {self.network!r}")
        if self.recipe not in RECIPES:
            raise UsageError(f"`recipe` is one of {', '.join(RECIPES)}, got {self.recipe!r}")
        if not self.learning_rates:
            raise UsageError("at least one learning rate is needed")
        for rate in self.learning_rates:
            if not 0 < rate <= LARGEST_RATE:
                raise UsageError(
                    f"`learning_rates` must be numbers above 0, got {rate:g}", "the homework tried 0.1, 0.01 and 0.001"
                )
        if len(set(self.learning_rates)) < len(self.learning_rates):
            raise UsageError("two values of `learning_rates` are equal", "each is trained once; `seeds` repeats it")
        check_at_least(1, epochs=self.epochs)
        check_at_least(1, "leave it out to train to the end", patience=self.patience)
        if self.class_weights not in {None, *get_args(WeightsName)}:
            raise UsageError(
                f"`class_weights` is {' or '.join(get_args(WeightsName))}, got {self.class_weights!r}",
                "leave it out to count all images alike",
            )
        check_at_least(1, batch_size=self.batch_size)
        if self.batch_size == 1 and self.network == "gap":
            raise UsageError("batch normalisation cannot learn from batches of one image", "`batch_size` 2 or more")
        if not 0 <= self.dropout < 1:
            raise UsageError(f"`dropout` must be from 0 to below 1, got {self.dropout:g}")
        check_at_least(1, "it is how many, and `seed` the first one", seeds=self.seeds)
        check_seed(self.seed, self.seeds)

    @classmethod
    def of_recipe(cls, **given: Any) -> Self:
        """The settings of a recipe, in which what is ``given`` takes the place of its defaults."""
        recipe = RECIPES.get(given.get("recipe", cls.recipe), HOMEWORK)  # a name that is none is refused below
        defaults = {name: getattr(recipe, name) for name in ("epochs", "batch_size", "dropout")}
        network = {"network": given["module"].name} if given.get("module") else {}
        return cls(**{"learning_rates": (recipe.learning_rate,), **defaults, **network, **given})

    def as_config(self) -> dict[str, Any]:
        """The same as plain values for ``config.json``, with all numbers of the recipe as it is named."""
        numbers = asdict(RECIPES[self.recipe]) | {"random_streams": RANDOM_STREAMS}
        module = {"module": self.module.as_config()} if self.module else {}
        values = {name: value for name, value in asdict(self).items() if name != "module"}
        return values | module | {"learning_rates": list(self.learning_rates), "numbers": numbers}

    def training_recipe(self, learning_rate: float) -> Recipe:
        """The recipe by which the trial with this learning rate is trained."""
        return replace(
            RECIPES[self.recipe],
            learning_rate=learning_rate,
            epochs=self.epochs,
            batch_size=self.batch_size,
            dropout=self.dropout,
        )

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """The settings that a run was started with; what a run of an earlier dlhw does not name has its default."""
        values = {field.name: config[field.name] for field in fields(cls) if field.name in config}
        module = OwnNetwork.from_config(config["module"]) if config.get("module") else None
        return cls(**values | {"learning_rates": tuple(config["learning_rates"]), "module": module})

    @property
    def architecture(self) -> Buildable:
        """What the network is made from."""
        return self.module or ARCHITECTURES[self.network]  # type: ignore[index]

    def kept_in(self, folder: Path) -> Self:
        """The same, with a person's network read from a copy in the run, so that its file may be edited meanwhile."""
        return replace(self, module=self.module.keep(folder)) if self.module else self

    @property
    def is_homework(self) -> bool:
        """Whether all but the network, the learning rates and the seeds is as in the homework."""
        own = (self.module, self.patience, self.class_weights)
        return own == (None, None, None) and self.training_recipe(HOMEWORK.learning_rate) == HOMEWORK

    def trials(self) -> list[tuple[float, int]]:
        """Learning rate and seed of each trial, in the order of ``results``."""
        return [(rate, self.seed + index) for rate in self.learning_rates for index in range(self.seeds)]


def trial_name(learning_rate: float, seed: int) -> str:
    """The name of a trial's folder, as in ``lr0.01-seed42``."""
    return f"lr{learning_rate!r}-seed{seed}"
