"""Where in an image each letter of its text stands.

The network has no boxes; it looks from left to right, and its attention has a centre for each letter. Between two
centres a letter ends where the image has the least ink: at the column whose pixels differ least. On 187 words in plain
print in five faces, half of them with noise, whose letters' places are known, 99 % of such boxes overlap with the true
one by more than half (intersection over union), and by 0.90 in the mean; with boundaries halfway between the centres it
is 0.66 (benchmarks/ocr_boxes.py). On letters that touch, lean or stand on a texture they are rougher.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from dlhw.ocr.encoder import PIXELS_A_COLUMN

AHEAD = 0.15
"""The attention's centre is left of its letter's by as much of a letter's width, in the mean, and so is the middle of
two of them of the gap."""

MIDDLE = 0.15
"""What a boundary a whole letter away from there costs, in parts of the greatest ink of a column."""

INK = 0.15
"""Of the greatest ink: what a column of the outermost letters has at least."""

OUTERMOST = 1.2
"""Letters' widths from the centre of the first or last one within which it ends."""


def letter_boxes(image: NDArray[np.uint8], attention: NDArray[np.floating]) -> list[tuple[float, float]]:
    """Where each letter begins and ends, in columns of pixels.

    Args:
        image: (32, W) uint8, as the network sees it.
        attention: (L, T), what was looked at for each letter; a row sums to 1.

    Returns:
        L pairs, from left to right, each beginning where the one before ends.
    """
    if not len(attention):
        return []
    width = image.shape[1]
    ink = image.astype(np.float64).std(axis=0)  # (W,)
    ink = ink / max(float(ink.max()), 1e-9)
    columns = (np.arange(attention.shape[1]) + 0.5) * PIXELS_A_COLUMN
    centres = attention @ columns / np.maximum(attention.sum(axis=1), 1e-9)  # (L,)
    # A glance back does not turn the letters round.
    centres = np.minimum(np.maximum.accumulate(centres), width)
    spacing = float(np.median(np.diff(centres))) if len(centres) > 1 else float(width)
    cuts = [_boundary(ink, left, right) for left, right in pairwise(centres.tolist())]
    inked = np.flatnonzero(ink > INK)
    first, last = (float(inked[0]), float(inked[-1] + 1)) if len(inked) else (0.0, float(width))
    first = min(max(first, centres[0] - OUTERMOST * spacing), centres[0])
    last = max(min(last, centres[-1] + OUTERMOST * spacing), centres[-1])
    return list(pairwise([float(first), *cuts, float(last)]))


def _boundary(ink: NDArray[np.float64], left: float, right: float) -> float:
    """The best column between two centres for one letter to end and the next to begin."""
    first = min(int(left), len(ink) - 1)
    places = np.arange(first, min(max(int(np.ceil(right)), first + 1), len(ink)))
    middle = (left + right) / 2 + AHEAD * (right - left)
    away = np.abs(places + 0.5 - middle) / max(right - left, 1.0)
    return min(max(float(places[np.argmin(ink[places] + MIDDLE * away)] + 0.5), left), right)
