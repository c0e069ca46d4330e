"""Claims 1 to 8 of the derivation: E splits into a convex and a concave part.

Each function yields how far a claim is missed at every point, and how far rounding alone may miss it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from dlhw.hopfield.differentiation import gradients, hessians, jacobians
from dlhw.hopfield.energy import Energy
from dlhw.hopfield.instances import Points
from dlhw.hopfield.rounding import EPS, TINY

Finding = tuple[Tensor, Tensor]
"""The error at each point, and the tolerance there; both (K, ...)."""


def split(energy: Energy, at: Points) -> Iterator[Finding]:
    """1. E = −β⁻¹ log( N⁻¹ Σ exp(−½β(M² − ‖x_i‖²)) exp(−½β‖x_i − q‖²) ), a mixture of Gaussians at the patterns.

    M² cancels in it, so that this form cannot tell a wrong M.
    """
    X, beta = at.patterns, at.beta
    prior = -0.5 * beta * (energy.largest_norm**2 - (X * X).sum(dim=1))
    distance = X - at.q[:, None, :]
    mixture = (prior - 0.5 * beta * (distance * distance).sum(dim=-1)).logsumexp(dim=-1)
    second = at.log_count - mixture / beta
    yield (energy.value(at.q) - second).abs(), at.energy_tolerance(at.q)


def convex_derivatives(energy: Energy, at: Points) -> Iterator[Finding]:
    """2. ∇E₁ = q and H(E₁) = I, exactly."""
    exact = at.q.new_zeros(())
    yield (gradients(energy.convex_part, at.q) - at.q).abs(), exact
    identity = torch.eye(at.q.shape[1], dtype=at.q.dtype)
    yield (hessians(energy.convex_part, at.q) - identity).abs(), exact


def convex_hessian(energy: Energy, at: Points) -> Iterator[Finding]:
    """3. H(E₁) is symmetric, diagonally dominant and positive semi-definite."""
    H = hessians(energy.convex_part, at.q)
    tolerance = at.q.new_tensor(at.q.shape[1] * EPS)
    yield (H - H.mT).abs(), tolerance
    diagonal = H.diagonal(dim1=-2, dim2=-1)
    others = H.abs().sum(dim=-1) - diagonal.abs()
    yield (others - diagonal).clamp_min(0), tolerance
    yield (-torch.linalg.eigvalsh(H)[:, 0]).clamp_min(0), tolerance


def convex(energy: Energy, at: Points) -> Iterator[Finding]:
    """4. tE₁(a) + (1−t)E₁(b) − E₁(ta + (1−t)b) = ½t(1−t)‖a−b‖² ≥ 0."""
    gap = _jensen_gap(energy.convex_part, at)
    t, difference = at.fraction[:, 0], at.q - at.other
    identity = 0.5 * t * (1 - t) * (difference * difference).sum(dim=1)
    yield (gap - identity).abs(), at.energy_tolerance(at.q, at.other)


def concave_gradient(energy: Energy, at: Points) -> Iterator[Finding]:
    """5a. ∇(−E₂) = Xᵀ softmax(βXq): against autograd, and against a central difference that is no autograd.

    Along a unit vector the difference misses by L·h²/6, L = β²diam³/(6√3) the largest third derivative, and by
    c·eps·S/h of rounding. The step h is where the sum of the two is smallest.
    """
    f = energy.update(at.q)
    by_autograd = gradients(lambda q: -energy.concave_part(q), at.q)
    yield (by_autograd - f).abs(), at.update_tolerance(at.q)[:, None]
    L = at.beta**2 * at.diameter**3 / (6 * 3**0.5)
    # Where L underflows any step will do, and a step of the formula's would leave the range of numbers.
    h = (3 * at.lse_tolerance(at.q) / L) ** (1 / 3) if L > 1e-200 else torch.ones(len(at.q), dtype=at.q.dtype)
    ahead, behind = at.q + h[:, None] * at.direction, at.q - h[:, None] * at.direction
    slope = (energy.concave_part(behind) - energy.concave_part(ahead)) / (2 * h)
    tolerance = L * h**2 / 6 + at.lse_tolerance(ahead, behind) / h + at.update_tolerance(at.q)
    yield (slope - (f * at.direction).sum(dim=1)).abs(), tolerance


def softmax_jacobian(energy: Energy, at: Points) -> Iterator[Finding]:
    """5b. softmax' = P = diag p − ppᵀ, symmetric, with rows that sum to zero."""
    P = energy.softmax_jacobian(at.q)
    z = at.beta * (at.q @ at.patterns.T)
    p = z.softmax(dim=-1)
    by_autograd = jacobians(lambda scores: scores.softmax(dim=-1), z)
    entries = (4 * EPS * p.amax(dim=-1))[:, None, None]
    yield (by_autograd - P).abs(), entries
    yield (P - P.mT).abs(), entries
    yield P.sum(dim=-1).abs(), _row_tolerance(p)


def concave_hessian(energy: Energy, at: Points) -> Iterator[Finding]:
    """5c. H(−E₂) = βXᵀPX = AᵀA: the closed form, the Hessian of lse, the Jacobian of Xᵀp, and the root A."""
    closed = energy.curvature(at.q)
    A = energy.curvature_root(at.q)
    tolerance = (at.beta * at.largest_norm * at.update_tolerance(at.q) + TINY)[:, None, None]
    yield (hessians(lambda q: -energy.concave_part(q), at.q) - closed).abs(), tolerance
    yield (jacobians(energy.update, at.q) - closed).abs(), tolerance
    yield (A.mT @ A - closed).abs(), tolerance


def whole_derivatives(energy: Energy, at: Points) -> Iterator[Finding]:
    """5d. ∇E = q − Xᵀ softmax(βXq) and H(E) = I − βXᵀPX: E as a whole, against autograd of E and of ∇E."""
    size = at.c_eps * torch.linalg.vector_norm(at.q, dim=-1)
    yield (gradients(energy.value, at.q) - energy.gradient(at.q)).abs(), (at.update_tolerance(at.q) + size)[:, None]
    H = energy.hessian(at.q)
    tolerance = (at.c_eps + at.beta * at.largest_norm * at.update_tolerance(at.q))[:, None, None]
    yield (hessians(energy.value, at.q) - H).abs(), tolerance
    yield (jacobians(energy.gradient, at.q) - H).abs(), tolerance


def dominance(energy: Energy, at: Points) -> Iterator[Finding]:
    """6a. P is diagonally dominant, and with equality: P_ii − Σ_{j≠i} |P_ij| = 0. A plain ≥ fails on rounding."""
    P = energy.softmax_jacobian(at.q)
    diagonal = P.diagonal(dim1=-2, dim2=-1)
    others = (P - torch.diag_embed(diagonal)).abs().sum(dim=-1)
    yield (diagonal.abs() - others).abs(), _row_tolerance(energy.weights(at.q))


def softmax_positive(energy: Energy, at: Points) -> Iterator[Finding]:
    """6b. P is positive semi-definite."""
    P = energy.softmax_jacobian(at.q)
    yield (-torch.linalg.eigvalsh(P)[:, 0]).clamp_min(0), at.q.new_tensor(len(at.patterns) * EPS)


def concave_positive(energy: Energy, at: Points) -> Iterator[Finding]:
    """6c. H(−E₂) is positive semi-definite; as AᵀA by construction."""
    smallest = torch.linalg.eigvalsh(energy.curvature(at.q))[:, 0]
    yield (-smallest).clamp_min(0), _spectral_tolerance(at)


def quadratic_form(energy: Energy, at: Points) -> Iterator[Finding]:
    """6d. yᵀXᵀPXy = (Xy)ᵀP(Xy) ≥ 0: the variance of x·y under p."""
    P = energy.softmax_jacobian(at.q)
    p = energy.weights(at.q)
    Xy = at.y @ at.patterns.T
    left = torch.einsum("kd,kde,ke->k", at.y, at.patterns.T @ P @ at.patterns, at.y)
    right = torch.einsum("kn,knm,km->k", Xy, P, Xy)
    mean = (p * Xy).sum(dim=1, keepdim=True)
    variance = (p * (Xy - mean) ** 2).sum(dim=1)
    tolerance = at.c_eps * at.largest_norm**2 * (at.y * at.y).sum(dim=1) + TINY
    yield (left - right).abs(), tolerance
    yield (right - variance).abs(), tolerance
    yield (-left).clamp_min(0), tolerance


def concave_jensen(energy: Energy, at: Points) -> Iterator[Finding]:
    """7. −E₂ is convex: Jensen's gap on segments is not negative."""
    gap = _jensen_gap(lambda q: -energy.concave_part(q), at)
    yield (-gap).clamp_min(0), at.lse_tolerance(at.q, at.other)


def concave(energy: Energy, at: Points) -> Iterator[Finding]:
    """8. E₂ is concave: Jensen's gap is not positive, and no eigenvalue of H(E₂) is."""
    gap = _jensen_gap(energy.concave_part, at)
    yield gap.clamp_min(0), at.lse_tolerance(at.q, at.other)
    largest = torch.linalg.eigvalsh(-energy.curvature(at.q))[:, -1]
    yield largest.clamp_min(0), _spectral_tolerance(at)


def _jensen_gap(function: Callable[[Tensor], Tensor], at: Points) -> Tensor:
    """t g(a) + (1−t) g(b) − g(ta + (1−t)b) on the segments from q to the other states, (K,)."""
    t = at.fraction[:, 0]
    between = at.fraction * at.q + (1 - at.fraction) * at.other
    return t * function(at.q) + (1 - t) * function(at.other) - function(between)


def _row_tolerance(p: Tensor) -> Tensor:
    """(N + 2)·eps·p_i: the sum of N softmax weights misses one by that much at most.

    Weights below 2e-308 have fewer digits than that: there the spacing of numbers itself is the limit.
    """
    return (p.shape[-1] + 2) * EPS * p + TINY


def _spectral_tolerance(at: Points) -> Tensor:
    """(N + D)·eps·βM²: what forming βXᵀPX and finding its eigenvalues can move them."""
    count, dimension = at.patterns.shape
    return at.q.new_tensor((count + dimension) * EPS * at.beta * at.largest_norm**2 + TINY)
