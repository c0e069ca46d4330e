"""The eigenvalues of J(q) = βXᵀPX, the Hessian of −E₂."""

from __future__ import annotations

import torch
from torch import Tensor

from dlhw.hopfield.energy import Energy
from dlhw.hopfield.geometry import all_scores, with_chunks
from dlhw.hopfield.share import softmax

SIDE_AT_MOST = 1024
"""Of the matrix whose eigenvalues are found: a third of a second on one core."""


def curvature_spectrum(energy: Energy, q: Tensor) -> Tensor | None:
    """The min(N, D) eigenvalues of J(q) that need not be zero, ascending, in float64.

    AᵀA and AAᵀ share them; the smaller matrix is taken.

    Args:
        energy: E.
        q: the state, (D,).

    Returns:
        ``None`` where both N and D are above 1024.
    """
    if min(energy.count, energy.dimension) > SIDE_AT_MOST:
        return None
    if energy.dimension <= energy.count:
        gram = _chunked_gram(energy, q)
    else:
        A = Energy(energy.patterns.double(), energy.beta).curvature_root(q.double())
        gram = A @ A.T
    eigenvalues: Tensor = torch.linalg.eigvalsh(gram)
    return eigenvalues.clamp_min(0)  # below zero there is nothing but rounding


def _chunked_gram(energy: Energy, q: Tensor) -> Tensor:
    """AᵀA, (D, D), without A as a whole: a million patterns pass in chunks."""
    q, ranks = q.double(), energy.share.ranks
    p = softmax(all_scores(energy, q), ranks)
    mean = torch.zeros_like(q)
    for weights, chunk in with_chunks(p, energy.patterns):
        mean += weights @ chunk
    ranks.sum_(mean)
    gram = torch.zeros(len(q), len(q), dtype=torch.float64)
    for weights, chunk in with_chunks(p, energy.patterns):
        root = (energy.beta * weights).sqrt()[:, None] * (chunk - mean)
        gram += root.T @ root
    return ranks.sum_(gram)
