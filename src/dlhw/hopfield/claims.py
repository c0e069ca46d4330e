"""Every claim of the derivation as a numeric check, with a tolerance that is derived and not guessed.

Reports name the number of points checked: numbers cannot prove a theorem, but a mistake in its derivation
rarely survives them. ``dlhw.hopfield.mutations`` holds the mistakes that must not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from torch import Tensor

from dlhw.hopfield import derivation, descent
from dlhw.hopfield.derivation import Finding
from dlhw.hopfield.energy import Energy
from dlhw.hopfield.instances import Instance, Points, draw_points
from dlhw.learning.random_streams import torch_generator

Check = Callable[[Energy, Points], Iterator[Finding]]


@dataclass(frozen=True)
class Claim:
    """A step of the derivation.

    Args:
        id: its number, as in ``docs/question1.md``.
        text: the claim in words.
        check: how it is checked.
        sites: the states that it is checked at, for each that is drawn: the steps from it, or the regions. What is
            compared at a state, and how often, does not count.
    """

    id: str
    text: str
    check: Check
    sites: int = 1


CLAIMS = (
    Claim("1", "E = E₁ + E₂, against a second form", derivation.split),
    Claim("2", "∇E₁ = q and H(E₁) = I, exactly", derivation.convex_derivatives),
    Claim("3", "H(E₁) is symmetric, dominant, PSD", derivation.convex_hessian),
    Claim("4", "E₁ is convex, by Jensen's identity", derivation.convex),
    Claim("5a", "∇(−E₂) = Xᵀ softmax(βXq)", derivation.concave_gradient),
    Claim("5b", "softmax' = P = diag p − ppᵀ", derivation.softmax_jacobian),
    Claim("5c", "H(−E₂) = βXᵀPX, in four ways", derivation.concave_hessian),
    Claim("5d", "∇E = q − Xᵀp, H(E) = I − βXᵀPX", derivation.whole_derivatives),
    Claim("6a", "P is dominant, with equality", derivation.dominance),
    Claim("6b", "P is positive semi-definite (PSD)", derivation.softmax_positive),
    Claim("6c", "H(−E₂) is PSD", derivation.concave_positive),
    Claim("6d", "yᵀXᵀPXy = (Xy)ᵀP(Xy) ≥ 0", derivation.quadratic_form),
    Claim("7", "−E₂ is convex: Jensen's gap ≥ 0", derivation.concave_jensen),
    Claim("8", "E₂ is concave: eigenvalues ≤ 0", derivation.concave),
    Claim("9", "the tangent bound: s − E = KL/β", descent.upper_bound),
    Claim("10", "Xᵀ softmax(βXq) minimises s", descent.minimiser),
    Claim("11", "E falls by ½‖Δq‖² + KL/β a step", descent.descent, descent.STEPS),
    Claim("12", "0 ≤ E ≤ 2M² in the ball and hull", descent.bounds, descent.REGIONS),
)


@dataclass
class Outcome:
    """What the checks of one claim found so far.

    Args:
        claim: the claim.
        points: at how many states, segments or steps it was checked.
        worst: the error that comes closest to its tolerance, or passes it farthest.
        tolerance: what rounding may do at that point.
        passed: no error was above its tolerance, and every one was a number.
    """

    claim: Claim
    points: int = 0
    worst: float = 0.0
    tolerance: float = 0.0
    passed: bool = True

    _severity: float = -1.0

    def add(self, error: Tensor, tolerance: Tensor) -> None:
        """Take in the errors at K states, (K, ...), and their tolerances, which broadcast to them."""
        tolerance = tolerance.expand_as(error)
        self.passed &= bool((error <= tolerance).all())  # False for NaN
        # An exact claim has tolerance zero: 0/0 is a pass, and anything over 0 is without measure.
        severity = (error / tolerance).masked_fill(error == 0, 0.0).nan_to_num(nan=math.inf)
        where = int(severity.argmax())
        if self._severity < float(severity.flatten()[where]):
            self._severity = float(severity.flatten()[where])
            self.worst, self.tolerance = float(error.flatten()[where]), float(tolerance.flatten()[where])

    def as_document(self) -> dict[str, str | int | float | bool | None]:
        """The entry of ``checks`` in the JSON document. A worst error that is no number is ``None``."""
        return {
            "id": self.claim.id,
            "claim": self.claim.text,
            "points": self.points,
            "worst": self.worst if math.isfinite(self.worst) else None,
            "tolerance": self.tolerance,
            "passed": self.passed,
        }


def check_claims(
    instances: Iterable[Instance], *, seed: int = 42, energy: type[Energy] = Energy, claims: Iterable[Claim] = CLAIMS
) -> list[Outcome]:
    """Check every claim on every instance, at eight points each or more.

    Args:
        instances: memories in float64.
        seed: of the points.
        energy: what to check: the energy, or a mutation of it.
        claims: which claims.

    Returns:
        An outcome for each claim, in their order.
    """
    generator = torch_generator(seed, "points")
    outcomes = [Outcome(claim) for claim in claims]
    for instance in instances:
        points = draw_points(instance, generator)
        tested = energy(instance.patterns, instance.beta)
        for outcome in outcomes:
            outcome.points += len(points.q) * outcome.claim.sites
            for error, tolerance in outcome.claim.check(tested, points):
                outcome.add(error, tolerance)
    return outcomes
