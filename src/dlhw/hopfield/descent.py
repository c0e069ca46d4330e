"""Claims 9 to 12: each step of the procedure lowers the energy, by an amount that is known exactly.

The identity of claim 11 in two lines: E(q_t) = s(q_t; q_t), and claim 10 gives
s(q_t; q_t) − s(q_{t+1}; q_t) = ½‖q_{t+1} − q_t‖²; claim 9 gives s(q_{t+1}; q_t) − E(q_{t+1}) = β⁻¹KL(p_t‖p_{t+1}).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from dlhw.hopfield.derivation import Finding
from dlhw.hopfield.divergence import kullback_leibler
from dlhw.hopfield.energy import Energy
from dlhw.hopfield.instances import Points
from dlhw.hopfield.rounding import energy_scale, safety, update_scale
from dlhw.hopfield.share import log_softmax

STEPS = 4
"""Of claim 11, from each state."""

REGIONS = 3
"""Of claim 12: everywhere, the ball, and the hull, with as many states each."""


@dataclass(frozen=True)
class Fall:
    """What one step does to the energy of one state: fall = movement + divergence, up to rounding.

    Args:
        fall: E(q_t) − E(q_{t+1}).
        movement: ½‖q_{t+1} − q_t‖².
        divergence: β⁻¹KL(p_t‖p_{t+1}).
        rounding: how far rounding may move the fall, a difference of two energies.
        tolerance: how far rounding may part the two sides: by the weights of the step, too.
    """

    fall: float
    movement: float
    divergence: float
    rounding: float
    tolerance: float

    @property
    def gap(self) -> float:
        """|fall − (movement + divergence)|."""
        return abs(self.fall - (self.movement + self.divergence))

    @property
    def measurable(self) -> bool:
        """Whether the fall is more than what rounding does to the two energies."""
        return abs(self.fall) > self.rounding

    @property
    def adds_up(self) -> bool:
        return self.gap <= self.tolerance


def explain_fall(energy: Energy, q: Tensor, q_next: Tensor, value: float, value_next: float) -> Fall:
    """The fall in energy between two successive states, and its two parts.

    Args:
        energy: E.
        q: q_t, (D,).
        q_next: q_{t+1}, (D,).
        value: E(q_t), as the iteration reported it.
        value_next: E(q_{t+1}).
    """
    step = q_next - q
    ranks = energy.share.ranks
    divergence = kullback_leibler(log_softmax(energy.scores(q), ranks), energy.scores(step), ranks) / energy.beta
    scale = sum(energy_scale(state, energy.largest_norm, energy.log_count) for state in (q, q_next))
    c = safety(energy.dimension) * torch.finfo(q.dtype).eps
    weights = update_scale(q, energy.largest_norm, energy.beta) * torch.linalg.vector_norm(step)
    return Fall(
        fall=value - value_next,
        movement=0.5 * float(step @ step),
        divergence=float(divergence),
        rounding=c * float(scale),
        tolerance=c * float(scale + weights),
    )


# The slope of the tangent is Xᵀp, and KL weighs by p: what rounding does to the weights grows with the way from the
# state they belong to, and is the largest part of the tolerances of claims 9 and 11 where scores are large.


def upper_bound(energy: Energy, at: Points) -> Iterator[Finding]:
    """9. The tangent gives an upper bound that touches: s(q; q_t) − E(q) = β⁻¹KL(p_t‖p(q)) ≥ 0."""
    gap = energy.surrogate(at.q, at.other) - energy.value(at.q)
    tolerance = at.energy_tolerance(at.q, at.other) + at.weights_tolerance(at.other, at.q)
    yield (gap - _divergence(at, at.other, at.q)).abs(), tolerance
    yield (-gap).clamp_min(0), tolerance
    yield (energy.surrogate(at.q, at.q) - energy.value(at.q)).abs(), at.energy_tolerance(at.q)


def minimiser(energy: Energy, at: Points) -> Iterator[Finding]:
    """10. q_{t+1} = f(q_t) minimises the bound: s(q; q_t) − s(q_{t+1}; q_t) = ½‖q − q_{t+1}‖²."""
    updated = energy.update(at.other)
    gap = energy.surrogate(at.q, at.other) - energy.surrogate(updated, at.other)
    difference = at.q - updated
    expected = 0.5 * (difference * difference).sum(dim=1)
    yield (gap - expected).abs(), at.energy_tolerance(at.q, at.other, updated)


def descent(energy: Energy, at: Points) -> Iterator[Finding]:
    """11. E(q_t) − E(q_{t+1}) = ½‖q_{t+1} − q_t‖² + β⁻¹KL(p_t‖p_{t+1}), at every step."""
    q = at.q
    for _ in range(STEPS):
        q_next = energy.update(q)
        step = q_next - q
        parts = 0.5 * (step * step).sum(dim=1) + _divergence(at, q, q_next)
        tolerance = at.energy_tolerance(q, q_next) + at.weights_tolerance(q, q_next)
        yield (energy.value(q) - energy.value(q_next) - parts).abs(), tolerance
        q = q_next


def bounds(energy: Energy, at: Points) -> Iterator[Finding]:
    """12. E ≥ 0 everywhere; E ≤ 2M² where ‖q‖ ≤ M; E ≤ 2M²(1 − 1/N) on the patterns' hull."""
    yield (-energy.value(at.q)).clamp_min(0), at.energy_tolerance(at.q)
    ceiling = 2 * at.largest_norm**2
    yield (energy.value(at.ball) - ceiling).clamp_min(0), at.energy_tolerance(at.ball)
    ceiling *= 1 - 1 / len(at.patterns)
    yield (energy.value(at.hull) - ceiling).clamp_min(0), at.energy_tolerance(at.hull)


def _divergence(at: Points, q: Tensor, q_next: Tensor) -> Tensor:
    """β⁻¹KL(p(q)‖p(q')), (K,), from the memory itself."""
    log_p = (at.beta * (q @ at.patterns.T)).log_softmax(dim=-1)
    return kullback_leibler(log_p, at.beta * ((q_next - q) @ at.patterns.T)) / at.beta
