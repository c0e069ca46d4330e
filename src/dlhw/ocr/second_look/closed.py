"""Read words that are known to come from a closed list."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from dlhw.errors import UsageError
from dlhw.images.pool import Track
from dlhw.ocr.data import Words
from dlhw.ocr.decoding.beam import BeamSearch
from dlhw.ocr.decoding.interface import Decoder
from dlhw.ocr.decoding.lexicon_search import LexiconSearch, Trie
from dlhw.ocr.prior.lexicon import Lexicon
from dlhw.ocr.reads import ReadsWith
from dlhw.ocr.recognizer import Reading

WIDTH = 16
"""Beginnings of texts that are followed, at least: the right one may have an unlikely first letter."""

LEAST = 1e-300
"""Of a probability whose logarithm is taken."""


@dataclass(frozen=True, kw_only=True)
class LexiconReader(ReadsWith):
    """Reads like its recogniser, but only texts of a list, written as they stand there.

    Its probabilities are those among the texts of the list that were found, as one of the list is right.
    """

    lexicon: Lexicon

    def check(self) -> None:
        """Find out whether all texts of the list can be written.

        Raises:
            DataError: the recogniser has not learnt a letter of the list.
        """
        assert self._spellings

    @cached_property
    def _spellings(self) -> dict[str, str]:
        return self.lexicon.spellings(self.alphabet)

    @cached_property
    def _trie(self) -> Trie:
        marks = [mark for mark in self.alphabet.characters if not mark.isalnum()]
        skipped = self.alphabet.encode("".join(marks))
        return Trie(map(self.alphabet.encode, self._spellings), self.alphabet.size, skipped=skipped)

    def read(
        self,
        words: Words,
        decoder: Decoder,
        *,
        attention: bool = False,
        track: Track = lambda items, _: items,
    ) -> list[list[Reading]]:
        """For each image texts of the list, the likeliest first."""
        if not isinstance(decoder, BeamSearch):
            raise UsageError("texts of a lexicon are searched for by a beam", "search with `beam` 3")
        within = LexiconSearch(self._trie, max(WIDTH, decoder.width))
        found = self.recognizer.read(words, within, track=track)
        readings = [self._of_list(candidates)[: decoder.width] for candidates in found]
        return self.with_attention(words, readings) if attention else readings

    def with_attention(self, words: Words, readings: Sequence[Sequence[Reading]]) -> list[list[Reading]]:
        """The same readings with where the network looks while it writes just these texts."""
        return self.recognizer.with_attention(words, readings)

    def _of_list(self, found: Sequence[Reading]) -> list[Reading]:
        """The texts of the list that were found, with all spellings and marks of each counted together."""
        largest = max((reading.log_probability for reading in found), default=0.0)
        relative: defaultdict[str, float] = defaultdict(float)
        for reading in found:
            spelling = self.alphabet.decode(self._trie.followed(self.alphabet.encode(reading.text)))
            relative[spelling] += math.exp(reading.log_probability - largest)
        shares = self.lexicon.grouped(relative, self._spellings)
        ranked = sorted(shares.items(), key=lambda item: (-item[1], item[0]))
        return [
            Reading(text=text, log_probability=math.log(max(share, LEAST)), truncated=False, attention=None)
            for text, share in ranked
        ]
