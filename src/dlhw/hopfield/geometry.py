"""What a certificate needs to know of a memory around one state, in float64 and in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from dlhw.hopfield.energy import Energy
from dlhw.hopfield.rounding import EPS, TINY

ROWS = 16_384
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
        return float(torch.special.entr(self.weights).sum().exp())


def look_around(energy: Energy, q: Tensor) -> Surroundings:
    """Three passes over the memory, in chunks.

    Args:
        energy: E.
        q: the state, (D,), in float64.
    """
    scores = torch.cat([energy.beta * (chunk @ q) for chunk in chunks(energy.patterns)])
    p = scores.softmax(dim=0)
    heaviest = int(p.argmax())
    relative = (scores - scores[heaviest]).exp()
    relative[heaviest] = 0.0
    centre = energy.patterns[heaviest].double()
    updated = torch.zeros_like(q)
    for weights, chunk in zip(torch.split(p, ROWS), chunks(energy.patterns), strict=True):
        updated += weights @ chunk
    variance, reach = 0.0, 0.0
    for weights, chunk in zip(torch.split(p, ROWS), chunks(energy.patterns), strict=True):
        variance += float(weights @ (chunk - updated).square().sum(dim=1))
        reach = max(reach, float(torch.linalg.vector_norm(chunk - centre, dim=1).max()))
    size = energy.dimension + 4
    norm = float(torch.linalg.vector_norm(q))
    return Surroundings(
        weights=p,
        updated=updated,
        variance=variance,
        odds=float(relative.sum()),
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


def chunks(patterns: Tensor) -> Iterator[Tensor]:
    """The patterns in float64, a chunk of rows at a time."""
    for start in range(0, len(patterns), ROWS):
        yield patterns[start : start + ROWS].double()
