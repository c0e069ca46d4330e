"""The eigenvalues of J(q) = βXᵀPX, the Hessian of −E₂."""

from __future__ import annotations

import torch
from torch import Tensor

from dlhw.hopfield.energy import Energy

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
    return torch.linalg.eigvalsh(gram).clamp_min(0)  # below zero there is nothing but rounding


def _chunked_gram(energy: Energy, q: Tensor, rows: int = 16_384) -> Tensor:
    """AᵀA, (D, D), without A as a whole: a million patterns pass in chunks."""
    q = q.double()
    scores = torch.cat([energy.beta * (chunk.double() @ q) for chunk in energy.patterns.split(rows)])
    p = scores.softmax(dim=0)
    mean = torch.zeros_like(q)
    for weights, chunk in zip(p.split(rows), energy.patterns.split(rows), strict=True):
        mean += weights @ chunk.double()
    gram = torch.zeros(len(q), len(q), dtype=torch.float64)
    for weights, chunk in zip(p.split(rows), energy.patterns.split(rows), strict=True):
        root = (energy.beta * weights).sqrt()[:, None] * (chunk.double() - mean)
        gram += root.T @ root
    return gram
