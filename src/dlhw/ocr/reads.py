"""What evaluation, figures and reading ask of whatever reads words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from dlhw.images.pool import Track
from dlhw.ocr.alphabet import Alphabet
from dlhw.ocr.data import Words
from dlhw.ocr.decoding.interface import Decoder
from dlhw.ocr.recognizer import Reading, Recognizer


class Reads(Protocol):
    """What reads words: a recogniser, or one that looks again."""

    @property
    def alphabet(self) -> Alphabet:
        """What it can write."""

    @property
    def attends(self) -> bool:
        """Whether it looks at the image at every letter."""

    @property
    def temperature(self) -> float:
        """What the logits of every letter are divided by before anything else."""

    def read(
        self,
        words: Words,
        decoder: Decoder,
        *,
        attention: bool = False,
        track: Track = lambda items, _: items,
    ) -> list[list[Reading]]:
        """For each image its candidates, the best first; see :meth:`dlhw.ocr.recognizer.Recognizer.read`."""

    def with_attention(self, words: Words, readings: Sequence[Sequence[Reading]]) -> list[list[Reading]]:
        """The same readings with where the network looks while it writes just these texts."""


@dataclass(frozen=True, kw_only=True)
class ReadsWith:
    """What reads with the network of a recogniser, in a way of its own."""

    recognizer: Recognizer

    @property
    def alphabet(self) -> Alphabet:
        """What it can write."""
        return self.recognizer.alphabet

    @property
    def attends(self) -> bool:
        """Whether it looks at the image at every letter."""
        return self.recognizer.attends

    @property
    def temperature(self) -> float:
        """What the logits of every letter are divided by before anything else."""
        return self.recognizer.temperature


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
