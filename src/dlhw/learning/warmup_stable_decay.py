"""A schedule of learning rates that need not know how long the training will be: warm-up, stable, decay.

Hu et al., "MiniCPM", 2024 (arXiv:2404.06395): the rate stays high for as long as one likes, and falls in a last short
stage, which brings most of what a whole cosine would have. Hägele et al., "Scaling laws and compute-optimal training
beyond fixed training durations", 2024 (arXiv:2405.18392): a fall along 1 − √ is the best of those they compare.
"""

from __future__ import annotations

import math

WARM_UP = 1.0
"""Epochs of a rate that rises in a straight line."""

FALL = 0.1
"""The share of the epochs during which the rate falls, ..."""

LEAST_FALL = 2.0
"""... two epochs at least, and a third of a short training at most."""

LAST = 1e-3
"""The rate at the end, against the highest."""


def fall_epochs(epochs: int) -> float:
    """For how many epochs the rate falls at the end of a training."""
    return min(max(FALL * epochs, LEAST_FALL), epochs / 3)


def stable_rate(done: float, epochs: int, highest: float) -> float:
    """The learning rate after some epochs of training.

    A function of the position alone: nothing has to be saved. Trainings of different lengths have the same rates
    until the shorter one's begins to fall, so a training may be made longer or shorter until then.

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
