"""What a certificate needs to know of a memory around one state, in float64 and in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from dlhw.hopfield.energy import Energy
from dlhw.hopfield.majority import effective_patterns
from dlhw.hopfield.rounding import EPS, TINY

CHUNK = 2**19
"""Numbers of a chunk of patterns: four megabytes in float64."""
PAIRS_AT_MOST = 1024
"""Patterns whose distances are all computed, for the exact diameter."""


@dataclass(frozen=True)
class Surroundings:
    """A state's weights and what they average.

    Args:
        weights: p, (N,).
        updated: f(q) = Xᵀp, (D,).
        variance: Σ p_i ‖x_i − f(q)‖².
        odds: Σ_{j≠m} p_j/p_m for the heaviest pattern m, accurate also where it is tiny.
        reach: max_j ‖x_j − x_m‖.
        score_error: how far rounding may move a score β x_i·q.
    """

    weights: Tensor
    updated: Tensor
    variance: float
    odds: float
    reach: float
    score_error: float

    @property
    def effective_patterns(self) -> float:
        """exp of the entropy of p: 1 where one pattern has all the weight, N where all share it."""
        return float(effective_patterns(self.weights))


def look_around(energy: Energy, q: Tensor) -> Surroundings:
    """Three passes over the memory, in chunks.

    Args:
        energy: E.
        q: the state, (D,), in float64.
    """
    scores = all_scores(energy, q)
    p = scores.softmax(dim=0)
    heaviest = int(scores.argmax())
    largest = float(scores[heaviest])
    scores[heaviest] = -torch.inf
    odds = float(scores.sub_(largest).exp_().sum())
    del scores  # for a million patterns each such vector is eight megabytes
    centre = energy.patterns[heaviest].double()
    updated = torch.zeros_like(q)
    for weights, chunk in with_chunks(p, energy.patterns):
        updated += weights @ chunk
    variance, reach = 0.0, 0.0
    for weights, chunk in with_chunks(p, energy.patterns):
        variance += float(weights @ (chunk - updated).square().sum(dim=1))
        reach = max(reach, float(torch.linalg.vector_norm(chunk - centre, dim=1).max()))
    size = energy.dimension + 4
    norm = float(torch.linalg.vector_norm(q))
    return Surroundings(
        weights=p,
        updated=updated,
        variance=variance,
        odds=odds,
        reach=reach * (1 + size * EPS),
        # A dot product of D numbers misses by D·eps·‖x‖‖q‖ at most; scaling and the shift add a few eps.
        score_error=energy.beta * size * EPS * energy.largest_norm * norm + TINY,
    )


def diameter_bound(energy: Energy) -> float:
    """An upper bound of max_ij ‖x_i − x_j‖: exact for up to 1024 patterns, else twice the largest distance to the mean.

    Any centre serves for the second, so that the rounding of the mean does not matter.
    """
    slack = 1 + (energy.dimension + 4) * EPS
    if energy.count <= PAIRS_AT_MOST:
        X = energy.patterns.double()
        return slack * float(torch.cdist(X, X, compute_mode="donot_use_mm_for_euclid_dist").max())
    mean = sum((chunk.sum(dim=0) for chunk in chunks(energy.patterns)), torch.zeros(())) / energy.count
    farthest = max(float(torch.linalg.vector_norm(chunk - mean, dim=1).max()) for chunk in chunks(energy.patterns))
    return 2 * slack * farthest


def all_scores(energy: Energy, q: Tensor) -> Tensor:
    """βXq in float64, (N,), of one state (D,)."""
    scores = torch.empty(energy.count, dtype=torch.float64)
    for part, chunk in with_chunks(scores, energy.patterns):
        torch.mv(chunk, q, out=part)
    return scores.mul_(energy.beta)


def chunks(patterns: Tensor) -> Iterator[Tensor]:
    """The patterns in float64, a chunk of rows at a time."""
    for part in _split(patterns, patterns.shape[1]):
        yield part.double()


def with_chunks(values: Tensor, patterns: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """A number for each pattern, (N,), and the patterns, chunk by chunk."""
    return zip(_split(values, patterns.shape[1]), chunks(patterns), strict=True)


def _split(rows: Tensor, dimension: int) -> tuple[Tensor, ...]:
    return torch.split(rows, max(1, CHUNK // dimension))
