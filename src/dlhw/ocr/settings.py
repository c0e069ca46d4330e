"""The options of a training of Question 3, resolved and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Self

from dlhw.errors import UsageError, check_at_least
from dlhw.learning.schemas import LARGEST_RATE
from dlhw.learning.seeds import check_seed
from dlhw.ocr.recipe import QUICK, Recipe, find_recipe


@dataclass(frozen=True, kw_only=True)
class Settings(Recipe):
    """What is trained, and how: a recipe, and what is a person's to choose. See :meth:`of_recipe`.

    Raises:
        UsageError: a value is out of range.
    """

    attention: bool = True

    patience: int | None = None
    """Early stopping: stop when so many epochs in a row were no better; ``None`` trains to the last."""

    seed: int = 42
    """The first one: of the first weights, of the words that are rendered to learn from, and of their order."""

    seeds: int = 1
    """How many trainings: with ``seed``, ``seed + 1`` and so on. The words to be measured on are the same for all."""

    @classmethod
    def of_recipe(cls, name: str = "quick", **given: Any) -> Self:
        """The settings of a recipe out of :data:`dlhw.ocr.recipe.RECIPES`, in which what is ``given`` takes the place
        of its values. Raises as :func:`dlhw.ocr.recipe.find_recipe` does."""
        return cls(**asdict(find_recipe(name)) | given)

    def __post_init__(self) -> None:
        check_at_least(1, epochs=self.epochs, words=self.words, batch_size=self.batch_size)
        if self.batch_size == 1:
            raise UsageError("batch normalisation needs more than one image in a batch", "2 or more")
        if not 0 < self.learning_rate <= LARGEST_RATE:
            raise UsageError(
                f"`learning_rate` must be a number above 0, got {self.learning_rate:g}", f"try {QUICK.learning_rate:g}"
            )
        check_at_least(1, "leave it out to train to the end", patience=self.patience)
        check_at_least(1, "it is how many, and `seed` the first one", seeds=self.seeds)
        check_seed(self.seed, self.seeds)

    def as_config(self) -> dict[str, Any]:
        """The same as plain values for ``config.json``."""
        return asdict(self)

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """The settings that a run was started with."""
        # A run of an earlier version lacks what came later, and had the defaults.
        return cls(**{field.name: config[field.name] for field in fields(cls) if field.name in config})

    def of_seeds(self) -> list[Self]:
        """The settings of each training, with a seed of its own."""
        return [replace(self, seed=self.seed + index, seeds=1) for index in range(self.seeds)]

    @property
    def trial_name(self) -> str:
        """The name of the trial's folder, as in ``attention-seed42``."""
        return f"{'attention' if self.attention else 'no-attention'}-seed{self.seed}"
