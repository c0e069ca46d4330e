"""How far the fixed point can be from a state, and of which kind it is: proven, or said not to be.

A small residual is not a small error. Three theorems tell one from the other; all numbers that enter them are
rounded towards caution. The proofs stand in ``docs/question1.md``.

Source: Kantorovich 1948, in the form of Ortega 1968 for the bound; Banach 1922 for the contractions.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal

import torch
from torch import Tensor

from dlhw.errors import DataError
from dlhw.hopfield.energy import Energy, check_energy
from dlhw.hopfield.geometry import Surroundings, diameter_bound, look_around
from dlhw.hopfield.number_range import check_tensor
from dlhw.hopfield.rounding import EPS, TINY
from dlhw.hopfield.spectrum import curvature_spectrum

Kind = Literal["minimum", "saddle", "maximum"]


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """What is proven about the fixed point near a state.

    Args:
        certified: a fixed point lies within `error_bound`, and is a strict minimum of E.
        reason: by which theorem, or why not.
        kind: of the fixed point; ``None`` where it is not known.
        lambda_upper: an upper bound of λ_max(J(q)). Below 1 the error shrinks by this factor a step.
        error_bound: δ, ‖q − q*‖ ≤ δ.
        uniqueness_radius: no other fixed point lies closer to q than this.
        unique_everywhere: there is no other fixed point at all.
        effective_patterns: exp(entropy of p): one pattern, a mixture of some, or all of them.
        residual: ‖q − f(q)‖, with its rounding added.
    """

    certified: bool
    reason: str
    kind: Kind | None
    lambda_upper: float
    error_bound: float | None
    uniqueness_radius: float | None
    unique_everywhere: bool
    effective_patterns: float
    residual: float

    def as_document(self) -> dict[str, Any]:
        """The object ``certificate`` of the JSON document."""
        return asdict(self)


@dataclass(frozen=True)
class _Proof:
    """A fixed point within `error` of the state, and no other within `radius`."""

    theorem: str
    error: float
    radius: float | None


def certify(energy: Energy, q: Tensor) -> Certificate:
    """Prove how far the fixed point is from q, in float64 whatever the patterns' type.

    Args:
        energy: E.
        q: the state, (D,), for instance where `retrieve` ended.

    Raises:
        DataError: q is no state of D finite numbers.

    Example:
        >>> energy = Energy(torch.eye(2, dtype=torch.float64), beta=4.0)
        >>> found = certify(energy, torch.tensor([0.9788, 0.0212], dtype=torch.float64))
        >>> found.kind, found.error_bound < 1e-4
        ('minimum', True)
    """
    check_energy(energy)
    q = check_tensor(q, "q").double()
    if q.shape != (energy.dimension,):
        raise DataError(
            f"one state of {energy.dimension} numbers is expected, got shape {tuple(q.shape)}",
            "certify the states of a batch one by one",
        )
    if not q.isfinite().all():
        raise DataError("the state holds NaN or infinity", "every number must be finite")
    around = look_around(energy, q)
    M, size = energy.largest_norm, energy.count + energy.dimension + 16
    # Rounded scores give weights p_i(1 + ε_i) with |ε_i| ≤ ε. They move Xᵀp by Σ ε_i p_i (x_i − Xᵀp), at most
    # ε times the spread of the patterns; summing N terms and subtracting q moves it by a few eps·M more.
    epsilon = 1.1 * (2 * around.score_error + size * EPS)
    spread = math.sqrt(around.variance) + size * EPS * M
    residual = float(torch.linalg.vector_norm(q - around.updated))
    residual += epsilon * spread + size * EPS * (M + float(torch.linalg.vector_norm(q))) + TINY
    diameter = diameter_bound(energy)
    pad = size * EPS * energy.beta * M**2
    # Cov_p' ≤ (1 + ε) Cov_p for weights that grow by no more than 1 + ε, so the same factor bounds λ.
    spectrum = curvature_spectrum(energy, q)
    everywhere = energy.beta * diameter**2 / 4
    if spectrum is None:
        upper = min((energy.beta * around.variance + pad) * (1 + epsilon), everywhere)
    else:
        upper = min((float(spectrum.max()) + pad) * (1 + epsilon), everywhere)
    lipschitz = energy.beta**2 * diameter**3 / (6 * math.sqrt(3))

    proofs = []
    if epsilon < 0.05:  # the first-order bounds above hold with room to spare
        proofs = [
            proof
            for proof in (
                _by_contraction(everywhere, residual),
                _by_kantorovich(1 - upper, lipschitz, residual),
                _by_contraction_nearby(energy, around, residual),
            )
            if proof is not None
        ]
    known: dict[str, Any] = {
        "lambda_upper": upper,
        "effective_patterns": around.effective_patterns,
        "residual": residual,
        "unique_everywhere": everywhere < 1,
    }
    if proofs:
        best = min(proofs, key=lambda proof: proof.error)
        radii = [proof.radius for proof in proofs if proof.radius is not None]
        radius = max(radii) if radii else None
        return Certificate(
            certified=True,
            reason=best.theorem,
            kind="minimum",
            error_bound=best.error,
            uniqueness_radius=radius,
            **known,
        )
    kind, reason = _why_not(energy, spectrum, upper, lipschitz, residual, epsilon, pad)
    return Certificate(certified=False, reason=reason, kind=kind, error_bound=None, uniqueness_radius=None, **known)


def _by_contraction(everywhere: float, residual: float) -> _Proof | None:
    """Banach: ‖J‖ ≤ κ = β·diam²/4 < 1 everywhere, so one fixed point, within r/(1 − κ)."""
    if everywhere >= 1:
        return None
    return _Proof("β·diam²/4 < 1: the update is a contraction everywhere", residual / (1 - everywhere), None)


def _by_kantorovich(gap: float, lipschitz: float, residual: float) -> _Proof | None:
    """Kantorovich for q − f(q) = 0: its derivative I − J has an inverse of norm 1/gap, and changes by L at most.

    Args:
        gap: a lower bound of min |1 − λ_i|.
        lipschitz: L = β²diam³/(6√3), of J.
        residual: r.
    """
    if gap <= 0 or lipschitz <= 0 or residual > (1 - 1e-12) * gap**2 / (2 * lipschitz):
        return None
    root = math.sqrt(max(0.0, gap**2 - 2 * lipschitz * residual))
    error = 2 * residual / (gap + root) * (1 + 8 * EPS)
    radius = gap / lipschitz if lipschitz > 1e-200 else None  # it would overflow
    return _Proof("λ < 1 and the residual is below (1−λ)²/2L: Newton–Kantorovich", error, radius)


def _by_contraction_nearby(energy: Energy, around: Surroundings, residual: float) -> _Proof | None:
    """Banach in a ball around a state where one pattern has almost all the weight.

    Within ρ of q the odds against pattern m grow by exp(βρR) at most, R = max_j ‖x_j − x_m‖, and ‖J‖ ≤ β·odds·R².
    Where that is at most ½, and r ≤ ρ/2, the update maps the ball into itself.
    """
    odds = around.odds * math.exp(min(2.0, 2 * around.score_error)) * (1 + energy.count * EPS) + TINY
    rate = energy.beta * odds * around.reach**2
    if rate >= 0.5 or around.reach == 0:
        return None
    radius = math.log(0.5 / rate) / (energy.beta * around.reach) if rate > 0 else math.inf
    if not math.isfinite(radius) or residual > radius / 2 * (1 - 1e-12):
        return None
    # The ball of radius 2r is inside: what holds there is sharper.
    rate *= math.exp(2 * energy.beta * residual * around.reach)
    return _Proof("one pattern outweighs the rest: the update is a contraction nearby", residual / (1 - rate), radius)


def _why_not(
    energy: Energy,
    spectrum: Tensor | None,
    upper: float,
    lipschitz: float,
    residual: float,
    epsilon: float,
    pad: float,
) -> tuple[Kind | None, str]:
    """The kind of the fixed point where it is no minimum and that can be proven, and the reason in words."""
    if epsilon >= 0.05:
        return None, f"β is so large that rounding may move the weights by {epsilon:.0%}"
    if spectrum is None and upper >= 1:
        return None, f"min(N, D) is too large for eigenvalues, and the cheap bound of λ is {upper:.3g}, not below 1"
    if spectrum is not None and float(spectrum.max()) * (1 - epsilon) - pad > 1:
        slack = pad + epsilon * spectrum
        gap = min(float(((spectrum - 1).abs() - slack).min()), 1.0 if energy.count <= energy.dimension else math.inf)
        largest = float(spectrum.max())
        if _by_kantorovich(gap, lipschitz, residual) is None:
            return None, f"λ = {largest:.4g} is above 1: no minimum is near, and the residual is {residual:.1e}"
        above = len(spectrum) == energy.dimension and float(spectrum.min()) > 1
        kind: Kind = "maximum" if above and energy.count > energy.dimension else "saddle"
        return kind, f"a {kind}, no minimum: λ = {largest:.4g} is above 1, and a nudge leaves it"
    if upper >= 1:
        return None, f"λ ≤ {upper:.6g} is not below 1: too close to where minima split"
    needed = (1 - upper) ** 2 / (2 * lipschitz)
    found = f"the residual {residual:.1e} is not below (1−λ)²/2L = {needed:.1e}"
    return None, f"{found}: give more `steps`, or a smaller `tolerance` where the query has converged"
