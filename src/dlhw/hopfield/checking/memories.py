"""The states that a person's functions are called at: those of the claims, with names for people."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from dlhw.hopfield.energy import Energy
from dlhw.hopfield.instances import Instance, draw_points
from dlhw.learning.random_streams import torch_generator

DRAWN = (
    "near the longest pattern",
    "near a pattern",
    "a mean of patterns",
    "within the longest norm",
    "at the longest norm",
    "far outside",
    "the origin",
)
"""The states that ``draw_points`` adds to the queries, in its order."""

BATCH_AT_MOST = 8


@dataclass(frozen=True)
class Memory:
    """A memory, and the states at which functions are called on it.

    Args:
        name: which one.
        patterns: X, (N, D), in float64.
        beta: β.
        q: the states, (K, D).
        places: where each state lies, in words.
    """

    name: str
    patterns: Tensor
    beta: float
    q: Tensor
    places: tuple[str, ...]

    @property
    def batch(self) -> int:
        """How many of the states are given at once: no number that N or D could be taken for."""
        sizes = {*self.patterns.shape, 1}
        return next(size for size in range(min(BATCH_AT_MOST, len(self.q)), 1, -1) if size not in sizes)

    def with_beta(self, beta: float) -> Memory:
        """The same with another β."""
        return Memory(self.name, self.patterns, beta, self.q, self.places)

    @property
    def attention_beta(self) -> float:
        """1/√D."""
        return 1 / math.sqrt(self.patterns.shape[1])

    def energy(self) -> Energy:
        """The truth."""
        return Energy(self.patterns, self.beta)

    def as_request(self) -> dict[str, Any]:
        """What the person's process is sent."""
        return {"X": self.patterns.tolist(), "q": self.q.tolist(), "beta": self.beta, "batch": self.batch}


def gather_memories(instances: Iterable[Instance], *, seed: int, source: str) -> list[Memory]:
    """A memory with eight states or more for each instance.

    Args:
        instances: the person's own first, then the fixed ones, then random ones.
        seed: of the states.
        source: what the first is called.
    """
    generator = torch_generator(seed, "points")
    memories = []
    for index, instance in enumerate(instances):
        q = draw_points(instance, generator).q
        own = len(q) - len(DRAWN)
        names = {0: source, 1: "fixed memory 1", 2: "fixed memory 2", 3: "fixed memory 3"}
        places = (*(f"query {place}" for place in range(own)), *DRAWN)
        memories.append(
            Memory(names.get(index, f"random memory {index - 3}"), instance.patterns, instance.beta, q, places)
        )
    return memories
