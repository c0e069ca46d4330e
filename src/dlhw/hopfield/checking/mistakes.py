"""Mistakes that people make in these formulae, as energies that make them, beside those of ``--mutate``."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from dlhw.hopfield.energy import Energy
from dlhw.hopfield.mutations import MUTATIONS


class WithoutBetaInside(Energy):
    """Softmax and log-sum-exp of Xq, not of βXq."""

    def scores(self, q: Tensor) -> Tensor:
        return q @ self.patterns.T


class LseWithoutBeta(Energy):
    """log Σ exp(βx·q) without β⁻¹."""

    def log_sum_exp(self, q: Tensor) -> Tensor:
        return self.scores(q).logsumexp(dim=-1)


class AttentionScale(Energy):
    """Softmax and log-sum-exp of Xq/√D, whatever β is given."""

    def scores(self, q: Tensor) -> Tensor:
        return q @ self.patterns.T / math.sqrt(self.dimension)


class AttentionBeta(Energy):
    """1/√D everywhere, whatever β is given."""

    def __init__(self, patterns: Tensor, beta: float | None = None) -> None:
        super().__init__(patterns, None)


class DoubledSquare(Energy):
    """q·q for ½ q·q."""

    def convex_part(self, q: Tensor) -> Tensor:
        return super().convex_part(q) + 0.5 * (q * q).sum(dim=-1)


class DoubledNorm(Energy):
    """M² for ½M²."""

    def convex_part(self, q: Tensor) -> Tensor:
        return super().convex_part(q) + 0.5 * self.largest_norm**2


class WithoutNorm(Energy):
    """½M² left out."""

    def convex_part(self, q: Tensor) -> Tensor:
        return super().convex_part(q) - 0.5 * self.largest_norm**2


class NormNotSquared(Energy):
    """½M for ½M²."""

    def convex_part(self, q: Tensor) -> Tensor:
        return super().convex_part(q) - 0.5 * self.largest_norm**2 + 0.5 * self.largest_norm


class WithoutLogCount(Energy):
    """β⁻¹ log N left out."""

    @property
    def log_count(self) -> float:
        return 0.0


class FrobeniusNorm(Energy):
    """M as the norm of the whole matrix."""

    @cached_property
    def largest_norm(self) -> float:
        return float(torch.linalg.vector_norm(self.patterns))


class ColumnNorm(Energy):
    """M as the largest norm of a column."""

    @cached_property
    def largest_norm(self) -> float:
        return float(torch.linalg.vector_norm(self.patterns, dim=0).max())


class WithoutOuterProduct(Energy):
    """P = diag p, with ppᵀ left out."""

    def softmax_jacobian(self, q: Tensor) -> Tensor:
        return torch.diag_embed(self.weights(q))


class PlusCurvature(Energy):
    """H(E) = I + J for I − J."""

    def hessian(self, q: Tensor) -> Tensor:
        return torch.eye(self.dimension, dtype=q.dtype) + self.curvature(q)


class PlusUpdate(Energy):
    """∇E = q + f(q) for q − f(q)."""

    def gradient(self, q: Tensor) -> Tensor:
        return q + self.update(q)


class BetaInUpdate(Energy):
    """βXᵀp for Xᵀp: the β⁻¹ of lse does not cancel that of the inner derivative."""

    def update(self, q: Tensor) -> Tensor:
        return self.beta * super().update(q)


@dataclass(frozen=True)
class Mistake:
    """A known mistake.

    Args:
        name: short, and that of ``--mutate`` where there is one.
        behaves: how code that makes it behaves, after "behaves as if".
        energy: makes it.
    """

    name: str
    behaves: str
    energy: type[Energy]

    @property
    def mutation(self) -> bool:
        """Whether ``--mutate`` makes it too."""
        return self.name in MUTATIONS


MISTAKES = (
    Mistake("beta", "β were missing from the Hessian: XᵀPX for βXᵀPX", MUTATIONS["beta"]),
    Mistake("sign", "the sign of E₂ were turned: +lse(q) for −lse(q)", MUTATIONS["sign"]),
    Mistake("axis", "the softmax ran over the queries, not over the patterns", MUTATIONS["axis"]),
    Mistake("log-n", "β⁻¹ were missing from β⁻¹ log N", MUTATIONS["log-n"]),
    Mistake("norm", "M were the largest entry of X, not the largest norm of a row", MUTATIONS["norm"]),
    Mistake("transpose", "the columns of X were the patterns, not its rows", MUTATIONS["transpose"]),
    Mistake("gradient", "the gradient were that of −E: Xᵀp − q for q − Xᵀp", MUTATIONS["gradient"]),
    Mistake("hessian", "the Hessian were that of −E₂: βXᵀPX for I − βXᵀPX", MUTATIONS["hessian"]),
    Mistake("softmax-beta", "β were missing before the softmax and in the exponent: Xq for βXq", WithoutBetaInside),
    Mistake("lse-beta", "β⁻¹ were missing before the logarithm: log Σ exp for β⁻¹ log Σ exp", LseWithoutBeta),
    Mistake("attention-scale", "scores were divided by √D, and not multiplied by β", AttentionScale),
    Mistake("attention-beta", "β were 1/√D everywhere, whatever is given", AttentionBeta),
    Mistake("square", "½ were missing from ½ q·q", DoubledSquare),
    Mistake("norm-half", "½ were missing from ½ M²", DoubledNorm),
    Mistake("no-norm", "½ M² were missing", WithoutNorm),
    Mistake("norm-square", "the square were missing from ½ M²", NormNotSquared),
    Mistake("no-log-n", "β⁻¹ log N were missing", WithoutLogCount),
    Mistake("norm-all", "M were the norm of the whole matrix X", FrobeniusNorm),
    Mistake("norm-columns", "M were the largest norm of a column of X", ColumnNorm),
    Mistake("no-outer-product", "ppᵀ were missing from P = diag p − ppᵀ", WithoutOuterProduct),
    Mistake("hessian-sign", "the Hessian were I + βXᵀPX", PlusCurvature),
    Mistake("gradient-sign", "the gradient were q + Xᵀp", PlusUpdate),
    Mistake("update-beta", "the update were βXᵀp", BetaInUpdate),
)


def make_mistake(mistake: Mistake, patterns: Tensor, beta: float) -> Energy | None:
    """The energy that makes a mistake; ``None`` where it would be none."""
    if mistake.name in {"attention-scale", "attention-beta"} and math.isclose(beta, patterns.shape[1] ** -0.5):
        return None
    return mistake.energy(patterns, beta)
