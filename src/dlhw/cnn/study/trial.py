"""One training of the study: a variant with one seed."""

from __future__ import annotations

import math
from typing import Any, Self

from dlhw.cnn.data import Landscapes
from dlhw.cnn.recipe import Recipe
from dlhw.cnn.study.variants import VARIANTS
from dlhw.cnn.task import ClassificationTask
from dlhw.cnn.trial import ClassificationTrial
from dlhw.learning.state import TrainingState


class StudyTrial(ClassificationTrial):
    """A trial of ``dlhw cnn study``. The last epoch is what is measured: none is chosen by luck."""

    @classmethod
    def of(cls, variant: str, recipe: Recipe, seed: int, data: Landscapes, *, several: bool = False) -> Self:
        """The training of a variant.

        Args:
            variant: a name out of :data:`dlhw.cnn.study.variants.VARIANTS`.
            recipe: the same one for all of them.
            seed: of weights, order and dropout.
            data: the images.
            several: whether the study has more than one seed, which the label then names.
        """
        return cls(
            name=f"{variant}-seed{seed}",
            label=f"{variant}, seed {seed}" if several else variant,
            network=variant,
            architecture=VARIANTS[variant].architecture,
            recipe=recipe,
            seed=seed,
            data=data,
        )

    def outcome(
        self, task: ClassificationTask, state: TrainingState, data: Landscapes, diverged: str | None
    ) -> dict[str, Any]:
        """Metrics of the last epoch, and which test images were ``mistaken``."""
        outcome: dict[str, Any] = {"variant": self.network, "seed": self.seed, "epochs": self.epochs}
        if diverged is not None:
            nothing = dict.fromkeys(("train_loss", "validation_accuracy", "test_accuracy", "mistaken"))
            return {**outcome, "status": "diverged", "reason": diverged, **nothing, "images_per_second": None}
        mistaken = (task.predict(data.test) != data.test.labels).nonzero()[:, 0].tolist()
        seconds = math.fsum(row["seconds"] for row in state.rows)
        return {
            **outcome,
            "status": "finished",
            "train_loss": state.rows[-1]["train_loss"],
            "validation_accuracy": state.rows[-1]["validation_accuracy"],
            "test_accuracy": 1 - len(mistaken) / len(data.test),
            "mistaken": mistaken,
            "images_per_second": len(data.train) * len(state.rows) / seconds,
        }
