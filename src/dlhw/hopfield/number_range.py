"""Which β, patterns and queries the arithmetic can take, so that every number that is derived from them is finite.

Energies are of the size R² + βR⁴ and β⁻¹ log N, where R is the largest norm of a pattern or a query; Lipschitz
constants and the tolerances of their checks are of the size (βR²)². A claim's states go to thirty times the largest
norm, which takes four digits of the exponent more.
"""

from __future__ import annotations

import math
from numbers import Real

import torch
from torch import Tensor

from dlhw.errors import DataError, UsageError, check_number, shown
from dlhw.learning.ranks import ALONE, Ranks

SMALLEST_BETA, LARGEST_BETA = 1e-30, 1e30
"""Below, β⁻¹ log N hides every digit of E and weights are equal in all digits; above, they are one or nothing."""

ROOM = 1e4


def check_tensor(given: Tensor, what: str, like: Tensor | None = None) -> Tensor:
    """The tensor itself, without a history of gradients.

    Args:
        given: what should be a tensor of real floating-point numbers.
        what: the argument's name, for the message.
        like: a tensor whose dtype it must have.

    Raises:
        DataError: it is no such tensor.
    """
    if not isinstance(given, Tensor):
        raise DataError(
            f"`{what}` must be a tensor of PyTorch, got {type(given).__name__}",
            f"torch.as_tensor({what}, dtype=torch.float64) makes one of a list or an array",
        )
    if not given.is_floating_point():
        raise DataError(f"`{what}` must hold floating-point numbers, got {given.dtype}", "convert them with .double()")
    if given.layout != torch.strided or given.is_meta:
        kind = "numbers" if given.is_meta else "every number, zeros too"
        raise DataError(
            f"`{what}` must hold {kind}, got a tensor of {given.layout} on {given.device}", "use a dense one"
        )
    if like is not None and given.device != like.device:
        raise DataError(
            f"`{what}` is on {given.device} and the patterns are on {like.device}", f"move it with .to({like.device})"
        )
    if like is not None and given.dtype != like.dtype:
        raise DataError(
            f"the numbers of `{what}` are {given.dtype} and those of the patterns {like.dtype}",
            f"convert them with .to({like.dtype})",
        )
    return given.detach()


def check_states(q: Tensor, patterns: Tensor) -> None:
    """See that states have the patterns' type and length, (..., D).

    Raises:
        DataError: they have not, or are no tensor.
    """
    if not isinstance(q, Tensor) or (q.dtype, q.device, q.layout) != (patterns.dtype, patterns.device, torch.strided):
        check_tensor(q, "q", patterns)
    if q.ndim == 0 or q.shape[-1] != patterns.shape[1]:
        raise DataError(
            f"states of {patterns.shape[1]} numbers are expected, as the patterns have, got shape {tuple(q.shape)}",
            "the last axis is that of the numbers",
        )


def check_beta(beta: float) -> float:
    """β itself.

    Raises:
        UsageError: it is no number from 1e-30 to 1e30.
    """
    if not isinstance(beta, Real):
        raise UsageError(f"β must be a number, got {shown(beta)}", "the default is 1/√D, the scale of attention")
    beta = check_number("beta", beta)
    if not (math.isfinite(beta) and beta > 0):
        raise UsageError(f"β must be a number above 0, got {beta:g}", "the default is 1/√D, the scale of attention")
    if not SMALLEST_BETA <= beta <= LARGEST_BETA:
        raise UsageError(
            f"β must be from {SMALLEST_BETA:g} to {LARGEST_BETA:g}, got {beta:g}",
            "scale the patterns instead: only β·‖x‖² matters to the weights",
        )
    return beta


def check_patterns(patterns: Tensor, largest_norm: float, beta: float, ranks: Ranks = ALONE) -> None:
    """Find out whether a memory's numbers are finite, and what is derived from them too.

    Args:
        patterns: X, (N, D), or the rows of it that this rank has.
        largest_norm: M, NaN or infinity where a pattern holds such, 0 where its square underflows.
        beta: β.
        ranks: those that have the other rows.

    Raises:
        DataError: they are not, or are so small that their squares are zero.
    """
    dtype = patterns.dtype
    if not _fits(largest_norm, beta, dtype):
        raise DataError(
            f"patterns of norm {largest_norm:g} with β = {beta:g} overflow {_name(dtype)}",
            "no NaN or infinity is allowed; scale the patterns down",
        )
    if largest_norm**2 < torch.finfo(dtype).tiny and any(ranks.greatest(bool(patterns.any()))):
        raise DataError(
            f"patterns of norm {largest_norm:g} are so small that their squares underflow {_name(dtype)}",
            "scale the patterns up; all zeros are allowed",
        )


def check_queries(queries: Tensor, beta: float, where: str) -> None:
    """The same for queries, (B, D), of a memory that passed.

    Args:
        queries: Q, of the patterns' type.
        beta: β.
        where: what they are called in the message.

    Raises:
        DataError: one of them is too large, or not finite.
    """
    largest = float(torch.linalg.vector_norm(queries, dim=1).max())
    if not _fits(largest, beta, queries.dtype):
        raise DataError(
            f"{where}: queries of norm {largest:g} with β = {beta:g} overflow {_name(queries.dtype)}",
            "no NaN or infinity is allowed; scale them down",
        )


def _fits(norm: float, beta: float, dtype: torch.dtype) -> bool:
    if not math.isfinite(norm):
        return False
    # In the exponent, since the squares themselves may overflow. Certificates are in float64 for any type.
    size = math.log10(max(norm, 1e-300))
    score = math.log10(beta) + 2 * size
    computed = math.log10(torch.finfo(dtype).max)
    proven = math.log10(torch.finfo(torch.float64).max)
    room = math.log10(ROOM)
    return room + 2 * size + max(0.0, score) < computed and room + max(0.0, 2 * score, 2 * size + score) < proven


def _name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
