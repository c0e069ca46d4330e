"""A prior over words: known ones are likelier than unknown ones, and frequent ones a little likelier than rare ones.

It weighs a candidate beside log P(text | image), and is bounded: nothing that the network is sure of can be
overruled. Unknown strings lose more the longer they are, up to a limit: nearly every string of three letters is one
letter away from some word, hardly any random string of eight is, so that there a known word says much more. Texts with
digits, and marks alone, get no weight: a list of words says nothing of codes, prices and numbers.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Protocol

from dlhw.ocr.prior.frequencies import WordFrequencies, letters

FREQUENCY_WEIGHT = 0.06
"""What a word gains as its frequency grows e-fold."""

RAREST = math.log(1e-8)
"""wordfreq's own limit: a word of this frequency gains nothing."""

UNKNOWN_LETTER, UNKNOWN_AT_MOST = 0.25, 1.25
"""What an unknown string loses for each letter, and at most."""

_APART = re.compile(r"[\W_]+")


class Prior(Protocol):
    """What is known of a text before its image is looked at."""

    def log_weight(self, text: str) -> float:
        """What is added to log P(text | image); texts that are as likely before have the same."""


@dataclass(frozen=True, kw_only=True)
class WordPrior:
    """The prior of a language's words. How the constants were chosen: docs/recogniser.md."""

    frequencies: WordFrequencies

    def log_weight(self, text: str) -> float:
        """Of a word; of a text with several, such as an address or a hyphenated one, that of the least likely part."""
        whole = self._of_word(letters(text))
        if whole >= 0:
            return whole
        return min((self._of_word(letters(part)) for part in _APART.split(text) if part), default=0.0)

    def _of_word(self, word: str) -> float:
        if not word.isalpha():  # digits among them, or nothing at all
            return 0.0
        found = self.frequencies.log_frequency(word)
        if found is None:
            return -min(UNKNOWN_AT_MOST, UNKNOWN_LETTER * len(word))
        return FREQUENCY_WEIGHT * max(0.0, found - RAREST)
