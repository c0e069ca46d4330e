"""How large a rounding error may be: the scales from which every tolerance is derived.

A sum of terms whose sizes add up to S carries a rounding error of a few eps·S, whatever its own size. Every
check compares two ways to compute one number, and allows c·eps·S, where S is the scale of what both sum up.
"""

from __future__ import annotations

import torch
from torch import Tensor

EPS = torch.finfo(torch.float64).eps
TINY = torch.finfo(torch.float64).tiny
"""Where the scale itself underflows: below it numbers lose digits for good."""


def safety(dimension: int) -> int:
    """c: how many roundings of the full scale a check may see. Long dot products accumulate more."""
    return 16 if dimension <= 1000 else 64


def energy_scale(q: Tensor, largest_norm: float, log_count: float) -> Tensor:
    """S(q) = ½‖q‖² + M‖q‖ + ½M² + β⁻¹ log N, (...): the sizes of the terms of E(q), added up."""
    return 0.5 * (q * q).sum(dim=-1) + 0.5 * largest_norm**2 + lse_scale(q, largest_norm, log_count)


def lse_scale(q: Tensor, largest_norm: float, log_count: float) -> Tensor:
    """M‖q‖ + β⁻¹ log N, (...): the largest that lse(q) can be."""
    norm: Tensor = torch.linalg.vector_norm(q, dim=-1)
    return largest_norm * norm + log_count


def update_scale(q: Tensor, largest_norm: float, beta: float) -> Tensor:
    """M(1 + βM‖q‖), (...): what a relative error of one in the scores does to Xᵀ softmax(βXq)."""
    norm: Tensor = torch.linalg.vector_norm(q, dim=-1)
    return largest_norm * (1 + beta * largest_norm * norm)
