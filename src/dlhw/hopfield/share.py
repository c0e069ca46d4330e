"""A memory whose rows lie on several ranks: what these exchange, so that each knows what one process would.

A rank's part of a softmax counts as much as its part of the sum of exponentials. Sums are shifted by the greatest score
of all ranks before they are exchanged, so that no β overflows.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from dlhw.learning.ranks import ALONE, Ranks

WHOLE_AT_MOST = 4096
"""Patterns that every rank has in whole: all are compared with each other, and one process does that in no time."""


@dataclass(frozen=True)
class Share:
    """The rows of a memory that this process has.

    Args:
        first: the index of the first of them.
        count: N, of all ranks together.
        ranks: those that have the others.
    """

    first: int
    count: int
    ranks: Ranks = ALONE

    @property
    def parted(self) -> bool:
        """Whether other ranks have rows too."""
        return self.ranks.size > 1


def rows_of(count: int, ranks: Ranks) -> range:
    """The rows of a matrix that are this rank's: neighbours, so that a file is read in one piece."""
    return range(count * ranks.rank // ranks.size, count * (ranks.rank + 1) // ranks.size)


def total_log_sum_exp(own: Tensor, ranks: Ranks) -> Tensor:
    """log Σ exp over the rows of all ranks, from that over the own ones, of any shape."""
    if ranks.size == 1:
        return own
    greatest = ranks.maximum_(own.clone())
    return greatest + ranks.sum_((own - greatest).exp()).log()


def softmax(scores: Tensor, ranks: Ranks) -> Tensor:
    """The weights of the own rows, (..., n); those of all ranks add up to one."""
    return scores.softmax(dim=-1) if ranks.size == 1 else log_softmax(scores, ranks).exp()


def log_softmax(scores: Tensor, ranks: Ranks) -> Tensor:
    """The logarithms of the weights of the own rows, (..., n)."""
    if ranks.size == 1:
        return scores.log_softmax(dim=-1)
    return scores - total_log_sum_exp(scores.logsumexp(dim=-1, keepdim=True), ranks)


def merge(output: Tensor, log_sum_exp: Tensor, ranks: Ranks) -> tuple[Tensor, Tensor]:
    """The update from that of each rank's rows: exchanges B maxima, and B × (D + 1) sums.

    Args:
        output: Xᵀ softmax(βXq) of the own rows, (B, D).
        log_sum_exp: log Σ exp(β x_i·q) of the own rows, (B,).
        ranks: those that have the others.

    Returns:
        The same of all rows, equal to the last bit on all ranks.
    """
    greatest = ranks.maximum_(log_sum_exp.clone())
    share = (log_sum_exp - greatest).exp()[:, None]
    sums = ranks.sum_(torch.cat([share * output, share], dim=1))
    return sums[:, :-1] / sums[:, -1:], greatest + sums[:, -1].log()


def heaviest(scores: Tensor, share: Share) -> tuple[Tensor, Tensor]:
    """The greatest score of all ranks' rows, (...), and the index of a row that has it, (...).

    Args:
        scores: of the own rows, (..., n).
        share: which these are.
    """
    own, rows = scores.max(dim=-1)
    if not share.parted:
        return own, rows
    greatest = share.ranks.maximum_(own.clone())
    # Of several ranks that have it the first: the greatest of the opposites of their indices.
    opposites = (-(rows + share.first)).where(own == greatest, -share.count)
    return greatest, -share.ranks.maximum_(opposites)
