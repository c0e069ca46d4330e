"""The Kullback–Leibler divergence between the weights of two states, accurate also when they almost agree."""

from __future__ import annotations

from torch import Tensor

from dlhw.hopfield.share import log_softmax
from dlhw.learning.ranks import ALONE, Ranks

CLOSE = 1.0
"""Up to this change of a score the exponentials of the changes neither overflow nor lose digits."""

TAYLOR = 1e-3
"""Below it the series of eʳ − 1 − r is more accurate than the difference: its first neglected term is r⁷/5040."""


def kullback_leibler(log_p: Tensor, change: Tensor, ranks: Ranks = ALONE) -> Tensor:
    """KL(p‖p') = Σ_i p_i (eʳ⁽ⁱ⁾ − 1 − r_i) with r_i = log p'_i − log p_i, (...).

    The sum equals −Σ p_i r_i, because Σ p_i eʳ⁽ⁱ⁾ = Σ p'_i = 1; but each of its terms is positive and of second
    order, so that nothing cancels near a fixed point, where the plain form loses every digit.

    Args:
        log_p: log p, (..., N).
        change: the change of the scores from p to p', βX(q' − q), (..., N). A constant in it does not matter.
        ranks: those that have the other patterns, where these N are a part of a memory.
    """
    p = log_p.exp()
    u = change - ranks.sum_((p * change).sum(dim=-1, keepdim=True))
    # The nearest patterns decide how far apart the two are; patterns without weight may move as they like.
    far = ranks.maximum_(u.abs().amax(dim=-1, keepdim=True)) > CLOSE
    near_u = u.masked_fill(far, 0.0)
    r = near_u - ranks.sum_((p * near_u.expm1()).sum(dim=-1, keepdim=True)).log1p()
    near = ranks.sum_((p * _exp_minus_tangent(r)).sum(dim=-1))
    apart = ranks.sum_((p * (log_p - log_softmax(log_p + change, ranks))).sum(dim=-1))
    return near.where(~far.squeeze(-1), apart)


def _exp_minus_tangent(r: Tensor) -> Tensor:
    """eʳ − 1 − r."""
    series = r * r * (1 / 2 + r * (1 / 6 + r * (1 / 24 + r * (1 / 120 + r / 720))))
    return series.where(r.abs() < TAYLOR, r.expm1() - r)
