"""One update and its log-sum-exp, for memories of any size, within bounded memory.

Neither form ever holds B×N scores: they pass through in blocks, with the online softmax of Milakov and Gimelshein
2018 (arXiv 1805.02867). Parts of a memory merge exactly: a part's output counts as much as its sum of exponentials.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor

MANY_QUERIES = 64
"""From here on PyTorch's kernel finds enough work in the queries alone, and parts of the memory gain nothing."""

PART = 16_384
"""Patterns in a part. A part of a million patterns keeps no core waiting, and its rows still fit a cache."""

BLOCK = 2**21
"""Scores held at a time where PyTorch's kernel is not available."""

_FLASH: Any = getattr(torch, "_scaled_dot_product_flash_attention_for_cpu", None)
"""The kernel behind scaled_dot_product_attention on the CPU. Called by its own name it also returns the
log-sum-exp that it has computed anyway, and so the energy is nearly free. It is private to PyTorch, may go at any
time, and is called in this file alone."""


class Attended(NamedTuple):
    """An update of a batch of states.

    Args:
        output: Xᵀ softmax(βXq), (B, D).
        log_sum_exp: log Σ_i exp(β x_i·q), (B,): β·lse(q).
    """

    output: Tensor
    log_sum_exp: Tensor


def attend(patterns: Tensor, queries: Tensor, beta: float, *, part: int | None = None) -> Attended:
    """The update of a batch of states, and the sum of exponentials on the way.

    Args:
        patterns: X, (N, D); a memory-mapped matrix is read part by part.
        queries: Q, (B, D), of the same type.
        beta: β.
        part: patterns to a part; chosen by the number of queries by default. The result does not depend on it
            beyond rounding.
    """
    by_flash = _FLASH is not None and patterns.is_cpu
    if by_flash:
        # The kernel takes the numbers of a row for neighbours, whatever the strides say.
        if queries.stride(1) != 1:
            queries = queries.contiguous()
        if patterns.stride(1) != 1:
            patterns = patterns.contiguous()
    if part is None:
        count, dimension = queries.shape
        if by_flash and _in_one_part(patterns, count):
            # A small update takes ten microseconds, and each view of a tensor half of one.
            keys = patterns.view(1, 1, -1, dimension)
            output, log_sum_exp = _FLASH(queries.view(1, 1, count, dimension), keys, keys, scale=beta)
            return Attended(output.view(count, dimension), log_sum_exp.view(count))
        part = PART if by_flash else max(256, min(PART, BLOCK // count))
    one_part = _attend_by_flash if by_flash else _attend_by_formula
    whole = len(patterns) // part
    parts = []
    if whole and by_flash:
        # All whole parts at once, on the kernel's batch axis: that is what its threads share out.
        parts.append(one_part(patterns[: whole * part].view(whole, part, -1), queries, beta))
    else:
        parts += [one_part(patterns[i * part : (i + 1) * part][None], queries, beta) for i in range(whole)]
    if whole * part < len(patterns):
        parts.append(one_part(patterns[whole * part :][None], queries, beta))
    if len(parts) == 1 and len(parts[0].output) == 1:
        return _squeeze(parts[0])
    return _merge(torch.cat([each.output for each in parts]), torch.cat([each.log_sum_exp for each in parts]))


def iterate(patterns: Tensor, queries: Tensor, beta: float, times: int) -> Attended:
    """Some updates, one after the other. What is looked at once for all of them costs a small memory no time at each.

    Args:
        patterns: X, (N, D).
        queries: Q, (B, D), of the same type.
        beta: β.
        times: how many, T.

    Returns:
        The states, beginning with the queries, (T + 1, B, D), and log Σ_i exp(β x_i·q) at each but the last, (T, B).
    """
    count, dimension = queries.shape
    states, sums = [queries], []
    if _FLASH is None or not patterns.is_cpu or not _in_one_part(patterns, count) or patterns.stride(1) != 1:
        for _ in range(times):
            output, log_sum_exp = attend(patterns, states[-1], beta)
            states.append(output)
            sums.append(log_sum_exp)
    else:
        keys, state = patterns.view(1, 1, -1, dimension), queries.contiguous().view(1, 1, count, dimension)
        states = [state]
        for _ in range(times):
            state, log_sum_exp = _FLASH(state, keys, keys, scale=beta)
            states.append(state)
            sums.append(log_sum_exp)
    return Attended(torch.cat(states).view(-1, count, dimension), torch.cat(sums).view(times, count))


def _in_one_part(patterns: Tensor, queries: int) -> bool:
    return queries >= MANY_QUERIES or len(patterns) <= PART


def _attend_by_flash(parts: Tensor, queries: Tensor, beta: float) -> Attended:
    """Parts (C, n, D) and queries (B, D) to outputs (C, B, D) and log-sum-exps (C, B)."""
    keys = parts[:, None]
    output, log_sum_exp = _FLASH(queries.expand(len(parts), 1, *queries.shape), keys, keys, scale=beta)
    return Attended(output.squeeze(1), log_sum_exp.view(len(parts), len(queries)))


def _attend_by_formula(parts: Tensor, queries: Tensor, beta: float) -> Attended:
    """The same by public operations alone."""
    scores = beta * (queries @ parts.mT)
    return Attended(scores.softmax(dim=-1) @ parts, scores.logsumexp(dim=-1))


def _merge(outputs: Tensor, log_sum_exps: Tensor) -> Attended:
    """Parts (C, B, …) to the whole: each weighs as much as its share of the sum of exponentials."""
    shares = log_sum_exps.softmax(dim=0)
    return Attended((shares[..., None] * outputs).sum(dim=0), log_sum_exps.logsumexp(dim=0))


def _squeeze(attended: Attended) -> Attended:
    return Attended(attended.output[0], attended.log_sum_exp[0])
