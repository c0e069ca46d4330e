"""A closed list of texts, one of which every image shows."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from dlhw.errors import DataError
from dlhw.ocr.alphabet import Alphabet
from dlhw.ocr.words.vocabulary import read_word_list

NAMED_AT_MOST = 5


@dataclass(frozen=True, kw_only=True)
class Lexicon:
    """Texts with weights. In an image each may stand as it is written, in small letters, in capitals, or with one."""

    weights: dict[str, float]
    """Above 0, in any unit, of each text as it is written."""

    source: str | None = None
    """What it was read from."""

    @classmethod
    def read(cls, path: Path) -> Lexicon:
        """A list as :func:`dlhw.ocr.words.vocabulary.read_word_list` reads it: one a line, perhaps a tab and a weight.

        Raises:
            DataError: it cannot be read, or holds no word.
        """
        vocabulary = read_word_list(path)
        return cls(weights=dict(zip(vocabulary.words, vocabulary.weights, strict=True)), source=str(path))

    def spellings(self, alphabet: Alphabet) -> dict[str, str]:
        """Every way in which the texts may stand in an image, and the text as it is written.

        Where two texts share a spelling, it belongs to the one that is written so, else to the first.

        Raises:
            DataError: a text has characters that the alphabet lacks.
        """
        unknown = [text for text in self.weights if alphabet.unknown([text])]
        if unknown:
            letters = "".join(sorted(alphabet.unknown(unknown)))
            more = f" and {len(unknown) - NAMED_AT_MOST:,} more" if len(unknown) > NAMED_AT_MOST else ""
            raise DataError(
                f"the recogniser cannot write {letters}, which these texts of the lexicon have: "
                f"{', '.join(unknown[:NAMED_AT_MOST])}{more}",
                "leave them out, or read with a recogniser that learnt these letters",
            )
        found = {text: text for text in self.weights}
        for text in self.weights:
            for spelling in _variants(text):
                if len(spelling) == len(text) and not alphabet.unknown([spelling]):
                    found.setdefault(spelling, text)
        return found

    def grouped(self, probabilities: Mapping[str, float], spellings: Mapping[str, str]) -> dict[str, float]:
        """The probability of each text: that of its spellings, times its weight. They sum to 1 where any is above 0."""
        summed: defaultdict[str, float] = defaultdict(float)
        for spelling, probability in probabilities.items():
            text = spellings[spelling]
            summed[text] += probability * self.weights[text]
        total = sum(summed.values())
        return {text: probability / total for text, probability in summed.items()} if total else dict(summed)


def _variants(text: str) -> Iterator[str]:
    for variant in (text.lower(), text.upper(), text[:1].upper() + text[1:].lower()):
        yield unicodedata.normalize("NFC", variant)
