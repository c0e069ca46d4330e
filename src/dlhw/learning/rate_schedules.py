"""Schedules of learning rates: one cycle; and warm-up, stable, decay. Each is a function of the position alone.

So nothing has to be saved, and a resumed training has the same rates.
"""

from __future__ import annotations

import math

START_DIVISOR = 25.0
"""Of one cycle the first rate is the highest one divided by this."""

END_DIVISOR = 1000.0
"""And the last one."""

WARM_UP = 1.0
"""Of warm-up, stable, decay: epochs of a rate that rises in a straight line."""

FALL = 0.1
"""The share of the epochs during which the rate falls, ..."""

LEAST_FALL = 2.0
"""... two epochs at least, and a third of a short training at most."""

LAST = 1e-3
"""The rate at the end, against the highest."""


def one_cycle(fraction: float, highest: float, *, warm_up: float = 0.1) -> float:
    """The learning rate after a fraction of the whole training, up and down along half cosines.

    Smith, Topin, "Super-convergence: very fast training of neural networks using large learning rates", 2019
    (arXiv:1708.07120): up to a high rate, which finds wide valleys, and down to almost none.

    Args:
        fraction: of all steps that are done, from 0 to 1.
        highest: the rate at the top.
        warm_up: the fraction spent on the way up.
    """
    first, last = highest / START_DIVISOR, highest / END_DIVISOR
    if fraction < warm_up:
        return highest + (first - highest) * (1 + math.cos(math.pi * fraction / warm_up)) / 2
    return last + (highest - last) * (1 + math.cos(math.pi * (fraction - warm_up) / (1 - warm_up))) / 2


def fall_epochs(epochs: int) -> float:
    """For how many epochs the rate falls at the end of a training."""
    return min(max(FALL * epochs, LEAST_FALL), epochs / 3)


def stable_rate(done: float, epochs: int, highest: float) -> float:
    """The learning rate after some epochs of a training that may be made longer or shorter until its rate falls.

    Hu et al., "MiniCPM", 2024 (arXiv:2404.06395): the rate stays high for as long as one likes, and falls in a last
    short stage, which brings most of what a whole cosine would have. Hägele et al., "Scaling laws and compute-optimal
    training beyond fixed training durations", 2024 (arXiv:2405.18392): a fall along 1 − √ is the best of those they
    compare. Trainings of different lengths have the same rates until the shorter one's begins to fall.

    Args:
        done: epochs that are done, a fraction of the one under way counted.
        epochs: of the whole training.
        highest: the stable rate.
    """
    fall = fall_epochs(epochs)
    rising = done / WARM_UP
    fallen = (done - (epochs - fall)) / fall
    share = min(1.0, rising, 1 - math.sqrt(min(max(fallen, 0.0), 1.0)))
    return highest * max(share, LAST)
