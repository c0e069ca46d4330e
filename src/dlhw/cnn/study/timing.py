"""How long a training step of each variant takes, measured in turns.

A machine that gets slower or faster while it measures, as shared ones do, then does so to all of them alike.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from statistics import median, quantiles
from typing import Any

from dlhw.cnn.data import Landscapes
from dlhw.cnn.recipe import Recipe
from dlhw.cnn.study.variants import VARIANTS
from dlhw.cnn.task import ClassificationTask
from dlhw.learning.device import Compute, in_force

ROUNDS = 5


@dataclass(frozen=True, kw_only=True)
class StepTime:
    """Of a batch, forward, backward and the optimizer's step."""

    milliseconds: float
    """The median of the rounds: on a CPU of the processor's time, to which other programs add nothing, and on a GPU of
    the clock's."""

    low: float
    """A quarter of the rounds were faster."""

    high: float
    """A quarter of the rounds were slower."""

    rounds: int

    def as_document(self) -> dict[str, Any]:
        """``step`` of a variant in the document of ``dlhw cnn study``."""
        return {name: round(value, 3) for name, value in asdict(self).items()}


def time_steps(
    variants: Sequence[str],
    recipe: Recipe,
    seed: int,
    data: Landscapes,
    compute: Compute,
    *,
    rounds: int | None = None,
) -> dict[str, StepTime]:
    """Time a training step of each variant of a study, on a thread of the CPU or on the GPU.

    Args:
        variants: names out of :data:`dlhw.cnn.study.variants.VARIANTS`.
        recipe: of the study.
        seed: of weights and order.
        data: its images.
        compute: where.
        rounds: how often it is each variant's turn, after a first one that does not count. Two at
            least; :data:`ROUNDS` by default.
    """
    # As in training. More threads pay for large maps alone, and would mix two things up.
    with in_force(replace(compute, threads=1) if compute.device.type == "cpu" else compute):
        tasks = {
            name: ClassificationTask(name, VARIANTS[name].architecture, recipe, seed, data, compute, captured=False)
            for name in variants
        }
        return _time_in_turns(tasks, compute, rounds or ROUNDS)


def _time_in_turns(tasks: Mapping[str, ClassificationTask], compute: Compute, rounds: int) -> dict[str, StepTime]:
    clock = time.process_time if compute.device.type == "cpu" else time.perf_counter
    taken: dict[str, list[float]] = {name: [] for name in tasks}
    for task in tasks.values():
        task.model.train()
        task.begin_epoch(1)
        task.train_step(0).item()
    for _ in range(rounds):
        for name, task in tasks.items():
            started = clock()
            task.train_step(0).item()  # which waits for the device
            taken[name].append(1000 * (clock() - started))
    return {name: _summarize(times) for name, times in taken.items()}


def _summarize(times: list[float]) -> StepTime:
    low, _, high = quantiles(times, n=4, method="inclusive")
    return StepTime(milliseconds=median(times), low=low, high=high, rounds=len(times))
