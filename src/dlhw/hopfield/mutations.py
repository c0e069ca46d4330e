"""Classic mistakes in the derivation, as energies that make them.

A check that cannot fail proves nothing: each of these must be caught by a claim of ``dlhw.hopfield.claims``.
The energy itself does not depend on them.
"""

from __future__ import annotations

import torch
from torch import Tensor

from dlhw.hopfield.energy import Energy


class WithoutBeta(Energy):
    """β dropped from the Hessian: XᵀPX for βXᵀPX. The report's own mistake in step 6."""

    def curvature(self, q: Tensor) -> Tensor:
        return self.patterns.T @ self.softmax_jacobian(q) @ self.patterns


class WrongSign(Energy):
    """E₂ = +lse."""

    def concave_part(self, q: Tensor) -> Tensor:
        return self.log_sum_exp(q)


class WrongAxis(Energy):
    """The softmax runs over the queries, not over the patterns."""

    def weights(self, q: Tensor) -> Tensor:
        scores = self.scores(q)
        return scores.reshape(-1, self.count).softmax(dim=0).reshape(scores.shape)


class LogWithoutBeta(Energy):
    """log N for β⁻¹ log N."""

    @property
    def log_count(self) -> float:
        return super().log_count * self.beta


class Ascent(Energy):
    """f(q) − q for ∇E: the step of the update, which is −∇E."""

    def gradient(self, q: Tensor) -> Tensor:
        return self.update(q) - q


class WithoutIdentity(Energy):
    """J for H(E) = I − J: the Hessian of −E₂ taken for that of E."""

    def hessian(self, q: Tensor) -> Tensor:
        return self.curvature(q)


class EntryForNorm(Energy):
    """M as the largest entry of X, not as the largest norm of a row."""

    @property
    def largest_norm(self) -> float:  # the original is computed once and kept
        return float(self.patterns.abs().max())


class Transposed(Energy):
    """Xᵀ for X: the columns of the memory are read as its patterns, and forced into the expected shape."""

    def __init__(self, patterns: Tensor, beta: float | None = None) -> None:
        super().__init__(torch.reshape(patterns.T, patterns.shape), beta)


MUTATIONS: dict[str, type[Energy]] = {
    "beta": WithoutBeta,
    "sign": WrongSign,
    "axis": WrongAxis,
    "log-n": LogWithoutBeta,
    "norm": EntryForNorm,
    "transpose": Transposed,
    "gradient": Ascent,
    "hessian": WithoutIdentity,
}
