"""The energy of a modern Hopfield network, its two parts, gradients and Hessians.

With the patterns x_i as the rows of X, M = max_i ‖x_i‖, p(q) = softmax(βXq) and
lse(q) = β⁻¹ log Σ_i exp(β x_i·q)::

    E(q)  = E₁(q) + E₂(q)
    E₁(q) = ½ q·q + β⁻¹ log N + ½ M²        convex
    E₂(q) = −lse(q)                         concave

Source: Ramsauer et al. 2020, "Hopfield Networks is All You Need", arXiv 2008.02217, equation 2.
"""

from __future__ import annotations

import math
from functools import cached_property

import torch
from torch import Tensor

from dlhw.errors import DataError
from dlhw.hopfield.number_range import check_beta, check_patterns, check_states, check_tensor
from dlhw.hopfield.share import Share, softmax, total_log_sum_exp


class Energy:
    """E and what is derived from it, for one memory and one β.

    Every function of q takes states of shape (..., D) and of the patterns' type; it raises DataError for others. Scores
    are shifted before they are exponentiated, so that no β overflows.

    Args:
        patterns: X, (N, D), floating point and finite.
        beta: the inverse temperature β > 0; 1/√D by default, the scale of attention.
        share: which rows of a memory the patterns are, where other ranks have the rest. What is computed is of the
            whole memory then, and all ranks have to ask for it; scores and weights are of these rows.

    Raises:
        DataError: the patterns are no finite, non-empty matrix, or so large that numbers derived from them overflow.
        UsageError: β is no number from 1e-30 to 1e30.

    Example:
        >>> energy = Energy(torch.eye(2, dtype=torch.float64), beta=4.0)
        >>> energy.update(torch.tensor([0.9, 0.1], dtype=torch.float64))
        tensor([0.9608, 0.0392], dtype=torch.float64)
    """

    def __init__(self, patterns: Tensor, beta: float | None = None, *, share: Share | None = None) -> None:
        patterns = check_tensor(patterns, "patterns")
        if patterns.ndim != 2 or 0 in patterns.shape:
            raise DataError(
                f"the patterns must be a matrix with a pattern a row, got shape {tuple(patterns.shape)}",
                "at least one pattern of at least one number is needed",
            )
        self.patterns = patterns
        self.share = Share(0, len(patterns)) if share is None else share
        self.beta = 1 / math.sqrt(self.dimension) if beta is None else check_beta(beta)
        check_patterns(patterns, self.largest_norm, self.beta, self.share.ranks)

    @property
    def count(self) -> int:
        """N, the number of patterns."""
        return self.share.count

    @property
    def dimension(self) -> int:
        """D, the length of a pattern."""
        return self.patterns.shape[1]

    @cached_property
    def largest_norm(self) -> float:
        """M = max_i ‖x_i‖₂."""
        return float(self.share.ranks.maximum_(torch.linalg.vector_norm(self.patterns, dim=1).max()))

    @property
    def log_count(self) -> float:
        """β⁻¹ log N."""
        return math.log(self.count) / self.beta

    def rows(self, indices: Tensor) -> Tensor:
        """Some patterns, (K, D), by their indices in the whole memory, (K,): whole numbers from 0 to N − 1."""
        if not isinstance(indices, Tensor) or indices.dtype != torch.int64 or indices.ndim != 1 or indices.is_sparse:
            raise DataError("`indices` must be a tensor of int64 of shape (K,)", "torch.tensor([0, 1]) is one")
        if len(indices) and not 0 <= int(indices.min()) <= int(indices.max()) < self.count:
            raise DataError(f"`indices` must be from 0 to {self.count - 1}", "there is a pattern for each of these")
        if not self.share.parted:
            return self.patterns[indices]
        own = indices - self.share.first
        here = (own >= 0) & (own < len(self.patterns))
        found = self.patterns.new_zeros(len(indices), self.dimension)
        found[here] = self.patterns[own[here]]
        return self.share.ranks.sum_(found)

    def scores(self, q: Tensor) -> Tensor:
        """βXq, (..., N)."""
        check_states(q, self.patterns)
        return self.beta * (q @ self.patterns.T)

    def weights(self, q: Tensor) -> Tensor:
        """p = softmax(βXq), (..., N): how much each pattern weighs in the update."""
        return softmax(self.scores(q), self.share.ranks)

    def log_sum_exp(self, q: Tensor) -> Tensor:
        """lse(q) = β⁻¹ log Σ_i exp(β x_i·q) over the patterns of all ranks: (..., D) → (...)."""
        return total_log_sum_exp(self.scores(q).logsumexp(dim=-1), self.share.ranks) / self.beta

    def value(self, q: Tensor) -> Tensor:
        """E(q) = E₁(q) + E₂(q), (...)."""
        return self.convex_part(q) + self.concave_part(q)

    def convex_part(self, q: Tensor) -> Tensor:
        """E₁(q) = ½ q·q + β⁻¹ log N + ½ M², (...)."""
        check_states(q, self.patterns)
        return 0.5 * (q * q).sum(dim=-1) + (self.log_count + 0.5 * self.largest_norm**2)

    def concave_part(self, q: Tensor) -> Tensor:
        """E₂(q) = −lse(q), (...)."""
        return -self.log_sum_exp(q)

    def update(self, q: Tensor) -> Tensor:
        """f(q) = ∇(−E₂)(q) = Xᵀ softmax(βXq), (..., D): the next state."""
        return self.share.ranks.sum_(self.weights(q) @ self.patterns)

    def gradient(self, q: Tensor) -> Tensor:
        """∇E(q) = q − f(q), (..., D): the update is gradient descent with step one."""
        return q - self.update(q)

    def softmax_jacobian(self, q: Tensor) -> Tensor:
        """P = diag p − ppᵀ, (..., N, N)."""
        p = self.weights(q)
        return torch.diag_embed(p) - p[..., :, None] * p[..., None, :]

    def curvature(self, q: Tensor) -> Tensor:
        """H(−E₂)(q) = J(q) = βXᵀPX, (..., D, D): β times the covariance of the patterns under p."""
        return self.beta * (self.patterns.T @ self.softmax_jacobian(q) @ self.patterns)

    def curvature_root(self, q: Tensor) -> Tensor:
        """A with AᵀA = J(q), (..., N, D): its rows are √(βp_i)(x_i − Xᵀp).

        It needs no N×N matrix, and AᵀA is positive semi-definite by construction.
        """
        p = self.weights(q)
        centred = self.patterns - (p @ self.patterns)[..., None, :]
        return (self.beta * p).sqrt()[..., None] * centred

    def hessian(self, q: Tensor) -> Tensor:
        """H(E)(q) = I − J(q), (..., D, D)."""
        curvature = self.curvature(q)
        return torch.eye(self.dimension, dtype=q.dtype, device=q.device) - curvature

    def surrogate(self, q: Tensor, at: Tensor) -> Tensor:
        """s(q; q_t) = E₁(q) + E₂(q_t) + ∇E₂(q_t)·(q − q_t), (...): what a step minimises.

        Source: Yuille and Rangarajan 2003, "The Concave-Convex Procedure", equation 6.

        Args:
            q: where to evaluate it.
            at: q_t, where E₂ is replaced by its tangent.
        """
        return self.convex_part(q) + self.concave_part(at) - (self.update(at) * (q - at)).sum(dim=-1)


def check_energy(given: Energy) -> Energy:
    """An energy itself.

    Raises:
        DataError: it is something else.
    """
    if not isinstance(given, Energy):
        raise DataError(
            f"`energy` must be an Energy, got {type(given).__name__}", "dlhw.Energy(patterns) makes one of a matrix"
        )
    return given
