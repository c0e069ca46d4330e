"""Which image a text was read in: as it stands, set right, or at its natural width."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dlhw.ocr.data import Words
from dlhw.ocr.recognizer import Reading


def seen_image(words: Words, index: int, readings: Sequence[Reading]) -> NDArray[np.uint8]:
    """The image that the likeliest of the readings of a word was read in, (32, W) uint8.

    Args:
        words: the images.
        index: which of them.
        readings: of this image, the likeliest first; without any it is the image as it stands.
    """
    if readings and readings[0].parts > 1:
        return words.wide[index].pixels
    if readings and readings[0].stance != "upright":
        return words.on_end[index][readings[0].stance]
    return words.image(index)
