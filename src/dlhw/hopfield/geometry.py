"""What a certificate needs to know of a memory around one state, in float64 and in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from dlhw.hopfield.energy import Energy
from dlhw.hopfield.majority import effective_patterns
from dlhw.hopfield.rounding import EPS, TINY
from dlhw.hopfield.share import heaviest, softmax

CHUNK = 2**19
"""Numbers of a chunk of patterns: four megabytes in float64."""
PAIRS_AT_MOST = 1024
"""Patterns whose distances are all computed, for the exact diameter."""


@dataclass(frozen=True)
class Surroundings:
    """What the weights of a state average.

    Args:
        effective_patterns: exp of the entropy of p: 1 where one pattern has all the weight, N where all share it.
        updated: f(q) = Xᵀp, (D,).
        variance: Σ p_i ‖x_i − f(q)‖².
        odds: Σ_{j≠m} p_j/p_m for the heaviest pattern m, accurate also where it is tiny.
        reach: max_j ‖x_j − x_m‖.
        score_error: how far rounding may move a score β x_i·q.
    """

    effective_patterns: float
    updated: Tensor
    variance: float
    odds: float
    reach: float
    score_error: float


def look_around(energy: Energy, q: Tensor) -> Surroundings:
    """Three passes over the memory, in chunks.

    Args:
        energy: E.
        q: the state, (D,), in float64.
    """
    share, ranks = energy.share, energy.share.ranks
    scores = all_scores(energy, q)
    p = softmax(scores, ranks)
    largest, nearest = heaviest(scores, share)
    here = int(nearest) - share.first
    if 0 <= here < len(scores):
        scores[here] = -torch.inf
    odds = float(ranks.sum_(scores.sub_(largest).exp_().sum()))
    del scores  # for a million patterns each such vector is eight megabytes
    centre = energy.rows(nearest[None])[0].double()
    updated = torch.zeros_like(q)
    for weights, chunk in with_chunks(p, energy.patterns):
        updated += weights @ chunk
    ranks.sum_(updated)
    variance, reach = q.new_zeros(()), q.new_zeros(())
    for weights, chunk in with_chunks(p, energy.patterns):
        variance += weights @ (chunk - updated).square().sum(dim=1)
        reach = torch.maximum(reach, torch.linalg.vector_norm(chunk - centre, dim=1).max())
    size = energy.dimension + 4
    norm = float(torch.linalg.vector_norm(q))
    return Surroundings(
        effective_patterns=float(effective_patterns(p, ranks)),
        updated=updated,
        variance=float(ranks.sum_(variance)),
        odds=odds,
        reach=float(ranks.maximum_(reach)) * (1 + size * EPS),
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
    total = torch.zeros(energy.dimension, dtype=torch.float64)
    for chunk in chunks(energy.patterns):
        total += chunk.sum(dim=0)
    mean = energy.share.ranks.sum_(total) / energy.count
    farthest = torch.zeros((), dtype=torch.float64)
    for chunk in chunks(energy.patterns):
        farthest = torch.maximum(farthest, torch.linalg.vector_norm(chunk - mean, dim=1).max())
    return 2 * slack * float(energy.share.ranks.maximum_(farthest))


def all_scores(energy: Energy, q: Tensor) -> Tensor:
    """βXq in float64, of one state (D,) and the rows that are here, (n,)."""
    scores = torch.empty(len(energy.patterns), dtype=torch.float64)
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
