"""One member of a run: a network trained with one learning rate from one seed, and measured."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Self

from dlhw.cnn.data import Landscapes
from dlhw.cnn.recipe import WHOLE
from dlhw.cnn.settings import Settings, member_name
from dlhw.cnn.strong import StrongTask
from dlhw.cnn.training import LandscapeTask, evaluate
from dlhw.errors import DivergedError
from dlhw.learning.device import Compute, PrecisionName
from dlhw.learning.events import Observer
from dlhw.learning.loop import fit, resume_state
from dlhw.learning.member import Member


@dataclass(frozen=True, kw_only=True)
class LandscapeJob:
    """A training that may be carried to a process of its own: see :mod:`dlhw.learning.side_by_side`."""

    settings: Settings
    """Those of the run."""

    learning_rate: float
    seed: int
    data: Landscapes
    precision: PrecisionName = "auto"
    """The one in force in the run, for the recipe ``strong``."""

    @classmethod
    def of(cls, settings: Settings, data: Landscapes, *, precision: PrecisionName) -> list[Self]:
        """All members of a run, in the order of its results."""
        return [
            cls(settings=settings, learning_rate=rate, seed=seed, data=data, precision=precision)
            for rate, seed in settings.members()
        ]

    @property
    def name(self) -> str:
        return member_name(self.learning_rate, self.seed)

    @property
    def label(self) -> str:
        rate = f"learning rate {self.learning_rate:g}"
        return rate if self.settings.seeds == 1 else f"{rate}, seed {self.seed}"

    @property
    def epochs(self) -> int:
        return self.settings.epochs

    def task(self, settings: Settings, data: Landscapes, compute: Compute) -> LandscapeTask:
        """The network as the recipe trains it, with the settings of this member and the pictures on the device."""
        if settings.recipe == "strong":
            return StrongTask(settings, self.learning_rate, data, compute, replace(WHOLE, precision=self.precision))
        return LandscapeTask(settings, self.learning_rate, data, compute)

    def train(
        self, member: Member, compute: Compute, observer: Observer, should_stop: Callable[[], int]
    ) -> dict[str, Any]:
        """Train the network to its last epoch, and measure it on the test pictures, once.

        Returns:
            Its entry in ``results`` of the document of ``dlhw cnn train``.
        """
        settings, data = replace(self.settings, seed=self.seed, seeds=1), self.data.to(compute.device)
        task = self.task(settings, data, compute)
        state = resume_state(task, member)
        observer.member_started(self.label, state.rows)
        on_step = partial(observer.step, self.label)
        try:
            for result in fit(task, member, state, epochs=self.epochs, on_step=on_step, should_stop=should_stop):
                observer.epoch(self.label, result)
        except DivergedError as error:
            last: dict[str, Any] = {
                "status": "diverged",
                "reason": error.message,
                "validation_accuracy": None,
                "test_accuracy": None,
            }
        else:
            last = {
                "status": "finished",
                "validation_accuracy": state.rows[-1]["validation_accuracy"],
                "test_accuracy": evaluate(task.evaluated, data.test)[1],
            }
        best = state.best  # None where the first epoch already diverged
        if best is not None:
            task.evaluated.load_state_dict(best.weights)
        seconds = math.fsum(row["seconds"] for row in state.rows)
        return {
            "learning_rate": self.learning_rate,
            "seed": self.seed,
            "epochs": self.epochs,
            "last_epoch": state.epoch,
            **last,
            "best_epoch": best.epoch if best else None,
            "best_validation_accuracy": best.value if best else None,
            "best_test_accuracy": evaluate(task.evaluated, data.test)[1] if best else None,
            "images_per_second": len(data.train) * len(state.rows) / seconds if best else None,
        }
