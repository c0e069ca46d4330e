"""One training of a run: a network trained by a recipe from one seed, and measured."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Self

from dlhw.cnn.class_weights import WeightsName
from dlhw.cnn.data import Landscapes
from dlhw.cnn.network import Buildable
from dlhw.cnn.own.network import OwnNetwork
from dlhw.cnn.recipe import Recipe
from dlhw.cnn.settings import Settings, trial_name
from dlhw.cnn.task import ClassificationTask
from dlhw.learning.device import Compute, PrecisionName
from dlhw.learning.events import Observer
from dlhw.learning.state import TrainingState
from dlhw.learning.trial import train_observed
from dlhw.learning.trial_folder import TrialFolder


@dataclass(frozen=True, kw_only=True)
class ClassificationTrial(ABC):
    """A training that may be carried to a process of its own: see :mod:`dlhw.learning.side_by_side`."""

    name: str
    """Of its folder, as in ``lr0.01-seed42``."""

    label: str
    """What tells it from the others of its run, for a person."""

    network: str
    """The network's name."""

    architecture: Buildable
    recipe: Recipe
    seed: int
    data: Landscapes
    patience: int | None = None
    class_weights: WeightsName | None = None

    @property
    def epochs(self) -> int:
        return self.recipe.epochs

    def train(
        self, folder: TrialFolder, compute: Compute, observer: Observer, should_stop: Callable[[], int]
    ) -> dict[str, Any]:
        """Train the network to its last epoch, and measure it on the test images, once.

        Returns:
            The outcome, as :meth:`outcome` has it.
        """
        if isinstance(self.architecture, OwnNetwork):
            with self.architecture.in_charge("training"):
                return self._train(folder, compute, observer, should_stop)
        return self._train(folder, compute, observer, should_stop)

    def _train(
        self, folder: TrialFolder, compute: Compute, observer: Observer, should_stop: Callable[[], int]
    ) -> dict[str, Any]:
        data = self.data.to(compute.device)
        task = ClassificationTask(
            self.network,
            self.architecture,
            self.recipe,
            self.seed,
            data,
            compute,
            class_weights=self.class_weights,
        )
        state, diverged = train_observed(
            task,
            folder,
            self.label,
            epochs=self.epochs,
            patience=self.patience,
            observer=observer,
            should_stop=should_stop,
        )
        return self.outcome(task, state, data, None if diverged is None else diverged.message)

    @abstractmethod
    def outcome(
        self, task: ClassificationTask, state: TrainingState, data: Landscapes, diverged: str | None
    ) -> dict[str, Any]:
        """The result of the training.

        Args:
            task: after its last step.
            state: with all finished epochs.
            data: on the task's device; its test images have not been looked at yet.
            diverged: why the training ended early; ``None`` where it finished.
        """


class LandscapeTrial(ClassificationTrial):
    """A trial of ``dlhw cnn train``: a learning rate and a seed."""

    @classmethod
    def of(cls, settings: Settings, data: Landscapes, *, precision: PrecisionName) -> list[Self]:
        """All trials of a run, in the order of its results.

        Args:
            settings: of the run.
            data: what they learn from.
            precision: the one in force.
        """
        return [
            cls(
                name=trial_name(rate, seed),
                label=f"learning rate {rate:g}" + ("" if settings.seeds == 1 else f", seed {seed}"),
                network=settings.network,
                architecture=settings.architecture,
                recipe=replace(settings.training_recipe(rate), precision=precision),
                seed=seed,
                data=data,
                patience=settings.patience,
                class_weights=settings.class_weights,
            )
            for rate, seed in settings.trials()
        ]

    def outcome(
        self, task: ClassificationTask, state: TrainingState, data: Landscapes, diverged: str | None
    ) -> dict[str, Any]:
        """An entry in ``results`` of the document of ``dlhw cnn train``."""
        if diverged is not None:
            last: dict[str, Any] = {
                "status": "diverged",
                "reason": diverged,
                "validation_accuracy": None,
                "test_accuracy": None,
            }
        else:
            last = {
                "status": "finished",
                "validation_accuracy": state.rows[-1]["validation_accuracy"],
                "test_accuracy": task.measure(data.test)[1],
            }
        best = state.best  # None where the first epoch already diverged
        if best is not None:
            task.evaluated.load_state_dict(best.weights)
        seconds = math.fsum(row["seconds"] for row in state.rows)
        return {
            "learning_rate": self.recipe.learning_rate,
            "seed": self.seed,
            "epochs": self.epochs,
            "last_epoch": state.epoch,
            **last,
            "best_epoch": best.epoch if best else None,
            "best_validation_accuracy": best.value if best else None,
            "best_test_accuracy": task.measure(data.test)[1] if best else None,
            "images_per_second": len(data.train) * len(state.rows) / seconds if best else None,
        }
