"""What the claims are checked on: memories, and points of the state space around them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from dlhw.hopfield import rounding
from dlhw.hopfield.energy import Energy
from dlhw.learning.random_streams import torch_generator

QUERIES_AT_MOST = 8
"""Of a person's queries that the claims are checked at: each takes as long as one of the states that are drawn."""

FEATURES_AT_MOST = 256
"""The claims need N×N and D×D matrices and their eigenvalues: larger memories are checked on a part of them."""


@dataclass(frozen=True)
class Instance:
    """A memory, a β and queries, all in float64.

    Args:
        patterns: X, (N, D).
        beta: β > 0.
        query: q, (D,), or several, (B, D).
    """

    patterns: Tensor
    beta: float
    query: Tensor


@dataclass(frozen=True)
class Points:
    """K states at which the claims are checked on one memory, with all that a check needs besides.

    The memory stands here as it was given: what an energy made of it is what is being checked.

    Args:
        patterns: X, (N, D).
        beta: β.
        q: the states, (K, D).
        other: as many other states, the ends of segments and the places of tangents, (K, D).
        fraction: t in (0, 1), where a segment is cut, (K, 1).
        direction: unit vectors, (K, D).
        y: any vectors, (K, D).
        ball: states with ‖q‖ ≤ M, (K, D).
        hull: convex combinations of the patterns, (K, D).
    """

    patterns: Tensor
    beta: float
    q: Tensor
    other: Tensor
    fraction: Tensor
    direction: Tensor
    y: Tensor
    ball: Tensor
    hull: Tensor

    @cached_property
    def largest_norm(self) -> float:
        """M, from the patterns themselves."""
        return float(torch.linalg.vector_norm(self.patterns, dim=1).max())

    @property
    def log_count(self) -> float:
        """β⁻¹ log N."""
        return math.log(len(self.patterns)) / self.beta

    @property
    def diameter(self) -> float:
        """max_ij ‖x_i − x_j‖, or a bound on it."""
        return 2 * float(torch.linalg.vector_norm(self.patterns - self.patterns.mean(dim=0), dim=1).max())

    @property
    def c_eps(self) -> float:
        """c·eps."""
        return rounding.safety(self.patterns.shape[1]) * rounding.EPS

    def energy_tolerance(self, *states: Tensor) -> Tensor:
        """c·eps·S, with the scales of all states that a check involves added up."""
        scale = sum((rounding.energy_scale(q, self.largest_norm, self.log_count) for q in states), self.q.new_zeros(()))
        return self.c_eps * scale + rounding.TINY

    def lse_tolerance(self, *states: Tensor) -> Tensor:
        """The same for lse alone: c·eps·Σ(M‖q‖ + β⁻¹ log N)."""
        scale = sum((rounding.lse_scale(q, self.largest_norm, self.log_count) for q in states), self.q.new_zeros(()))
        return self.c_eps * scale + rounding.TINY

    def update_tolerance(self, q: Tensor) -> Tensor:
        """c·eps·M(1 + βM‖q‖)."""
        return self.c_eps * rounding.update_scale(q, self.largest_norm, self.beta) + rounding.TINY

    def weights_tolerance(self, q: Tensor, q_next: Tensor) -> Tensor:
        """c·eps·M(1 + βM‖q‖)·‖q' − q‖: what the rounding of p(q) does to the slope at q, over the way to q'."""
        way: Tensor = torch.linalg.vector_norm(q_next - q, dim=-1)
        return self.update_tolerance(q) * way


def draw_points(instance: Instance, generator: torch.Generator) -> Points:
    """Each query, and seven states: near the longest and another pattern, in the hull, in the ball, far, the origin."""
    X = instance.patterns
    count, dimension = X.shape

    def normal(rows: int) -> Tensor:
        return torch.randn(rows, dimension, generator=generator, dtype=X.dtype)

    def uniform(rows: int, columns: int = 1) -> Tensor:
        return torch.rand(rows, columns, generator=generator, dtype=X.dtype)

    def units(rows: int) -> Tensor:
        return torch.nn.functional.normalize(normal(rows), dim=1)

    norms = torch.linalg.vector_norm(X, dim=1)
    largest = norms.max()
    some = int(torch.randint(count, (), generator=generator))

    def hull(rows: int) -> Tensor:
        # Exponential variables over their sum are uniform on the simplex.
        exponential = 1e-9 - uniform(rows, count).clamp_min(rounding.TINY).log()
        return (exponential / exponential.sum(dim=1, keepdim=True)) @ X

    q = torch.cat(
        [
            instance.query.reshape(-1, dimension),
            X[norms.argmax()][None] + 0.01 * largest * units(1),
            X[some][None] + 0.3 * largest * units(1),
            hull(1),
            largest * uniform(1) * units(1),
            largest * units(1),
            30 * largest * units(1) + normal(1),
            torch.zeros_like(X[:1]),
        ]
    )
    rows = len(q)
    corners = X[torch.randint(count, (2,), generator=generator)]
    return Points(
        patterns=X,
        beta=instance.beta,
        q=q,
        # Every second tangent touches close by, where the differences are small; the others anywhere.
        other=torch.where(
            torch.arange(rows)[:, None] % 2 == 0, q + 1e-3 * largest * units(rows), q[_shuffled(rows, generator)]
        ),
        fraction=uniform(rows),
        direction=units(rows),
        y=normal(rows),
        ball=largest * (1 - 1e-12) * uniform(rows) ** (1 / dimension) * units(rows),
        hull=torch.cat([hull(rows - 2), corners]),
    )


def _shuffled(count: int, generator: torch.Generator) -> Tensor:
    return torch.randperm(count, generator=generator)


def fixed_instances() -> Iterator[Instance]:
    """Three memories on which every mutation shows: N, D ≥ 2, N ≠ D, β ≠ 1, the query near the longest row."""
    for seed, (count, dimension, beta) in enumerate(((5, 3, 0.7), (4, 7, 2.3), (9, 4, 0.2))):
        generator = torch.Generator().manual_seed(seed)
        X = torch.randn(count, dimension, generator=generator, dtype=torch.float64)
        longest = X[torch.linalg.vector_norm(X, dim=1).argmax()]
        yield Instance(X, beta, longest + 0.05 * torch.randn(dimension, generator=generator, dtype=torch.float64))


def random_instance(generator: torch.Generator) -> Instance:
    """A small memory of any kind: β from 1e-6 to 1e6, one pattern or one number, duplicates, rows of zeros."""

    def integer(low: int, high: int) -> int:
        return int(torch.randint(low, high + 1, (), generator=generator))

    def exponent(low: float, high: float) -> float:
        return float(10 ** (low + (high - low) * torch.rand((), generator=generator, dtype=torch.float64)))

    count, dimension = integer(1, 12), integer(1, 12)
    X = torch.randn(count, dimension, generator=generator, dtype=torch.float64)
    kind = integer(0, 4)
    if kind == 1:
        X[integer(0, count - 1)] = X[integer(0, count - 1)]  # a duplicate
    elif kind == 2:
        X[integer(0, count - 1)] = 0.0
    elif kind == 3:
        X = X.sign()
    elif kind == 4:
        X = X * 10 ** (4 * torch.rand(count, 1, generator=generator, dtype=torch.float64) - 2)  # unequal norms
    query = X[integer(0, count - 1)] + 0.5 * torch.randn(dimension, generator=generator, dtype=torch.float64)
    return Instance(X, exponent(-6, 6), query)


def part_of(instance: Instance, generator: torch.Generator) -> Instance:
    """The instance itself, or as many of its patterns and coordinates as the checks can afford."""
    count, dimension = instance.patterns.shape
    rows = _sample(count, generator)
    columns = _sample(dimension, generator)
    return Instance(
        instance.patterns[rows][:, columns].to(torch.float64),
        instance.beta,
        instance.query[..., columns].to(torch.float64),
    )


def _sample(size: int, generator: torch.Generator) -> Tensor:
    if size <= FEATURES_AT_MOST:
        return torch.arange(size)
    return torch.randperm(size, generator=generator)[:FEATURES_AT_MOST].sort().values


def gather_instances(energy: Energy, queries: Tensor, *, trials: int, seed: int) -> Iterator[Instance]:
    """The memory that is asked about with its queries, (D,) or (B, D), three fixed ones, and ``trials`` random ones."""
    generator = torch_generator(seed, "memories")
    yield part_of(Instance(energy.patterns, energy.beta, queries), generator)
    yield from fixed_instances()
    for _ in range(trials):
        yield random_instance(generator)
