"""When the state that an iteration ended at is one pattern's, and when it is a mixture.

A converged state is still off its fixed point, so "more than half of the weight" needs a margin: at the middle of two
patterns rounding and the residual that is left satisfy it by 10⁻¹⁰.
"""

from __future__ import annotations

import torch
from torch import Tensor

from dlhw.hopfield.cccp import STEPS, Trajectory
from dlhw.hopfield.energy import Energy
from dlhw.learning.ranks import ALONE, Ranks

MAJORITY = 0.51
"""The weight that makes a state one pattern's. Of two patterns ±1, over β from 0.95 to 1.05, a start that converges
to their middle within a thousand updates stops 7·10⁻⁹ above one half at most in float64, and 6·10⁻⁴ in float32; one
that converges to a minimum of its own ends above 0.53, since nearer to the split the updates run out."""

ONE_PATTERN = 1.5
"""Effective patterns, exp(entropy of p), below which a state counts as one pattern whoever else ends there."""


def effective_patterns(p: Tensor, ranks: Ranks = ALONE) -> Tensor:
    """exp of the entropy of the weights, (...): 1 where one pattern has them all, N where all share them.

    Args:
        p: the weights, (..., N).
        ranks: those that have the other patterns, where these N are a part of a memory.
    """
    return ranks.sum_(torch.special.entr(p).sum(dim=-1)).exp()


def owners(p: Tensor) -> Tensor:
    """The pattern that has the majority of the weights p, (..., N), and −1 for a mixture."""
    weight, heaviest = p.max(dim=-1)
    return heaviest.where(weight > MAJORITY, -1)


def find_ends(energy: Energy, trajectory: Trajectory) -> list[int | None]:
    """The pattern that each query ended at; ``None`` for a mixture.

    A state that several queries share is a pattern only where that pattern has nearly all of the weight: the one
    minimum at a small β lies nearer to the longest pattern, and is that of every start.

    Args:
        energy: E.
        trajectory: of starts that differ from each other.
    """
    p = energy.weights(trajectory.states)
    ends = owners(p)
    # An iteration that converges at the rate λ stops tolerance/(1 − λ) short of its fixed point. Of three thousand
    # random memories ends that are one lie within 1e-8·M, and ends that differ are 0.01·M apart.
    reach = STEPS * trajectory.tolerance
    apart = torch.cdist(trajectory.states, trajectory.states, compute_mode="donot_use_mm_for_euclid_dist")
    shared = (apart <= reach).sum(dim=1) > 1
    ends[shared & (effective_patterns(p) >= ONE_PATTERN)] = -1
    return [None if end < 0 else end for end in ends.tolist()]
