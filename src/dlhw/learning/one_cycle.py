"""The one-cycle schedule of learning rates.

Smith, Topin, "Super-convergence: very fast training of neural networks using large learning rates", 2019
(arXiv:1708.07120): up to a high rate, which finds wide valleys, and down to almost none.
"""

from __future__ import annotations

import math

START_DIVISOR = 25.0
"""The first rate is the highest one divided by this."""

END_DIVISOR = 1000.0
"""And the last one."""


def one_cycle(fraction: float, highest: float, *, warm_up: float = 0.1) -> float:
    """The learning rate after a fraction of the whole training, up and down along half cosines.

    A function of the position alone: nothing has to be saved, and a resumed training has the same rates.

    Args:
        fraction: of all steps that are done, from 0 to 1.
        highest: the rate at the top.
        warm_up: the fraction spent on the way up.
    """
    first, last = highest / START_DIVISOR, highest / END_DIVISOR
    if fraction < warm_up:
        return highest + (first - highest) * (1 + math.cos(math.pi * fraction / warm_up)) / 2
    return last + (highest - last) * (1 + math.cos(math.pi * (fraction - warm_up) / (1 - warm_up))) / 2
