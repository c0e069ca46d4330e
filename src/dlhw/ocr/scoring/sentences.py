"""The word error rate of sentences, as speech recognition means it.

::

    WER of sentences = Σ Levenshtein(reference, text) / Σ words of the references     over words

It counts edits of words and may exceed 1. The share of rows that are not exactly right is another figure: of
sentences it is the sentence error rate, and only where each row is one word do the two agree. Words are what white
space separates; a protocol compares each for itself, and a word of which it leaves nothing is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from dlhw.ocr.scoring.protocols import ProtocolName, normalize


@dataclass(frozen=True, kw_only=True)
class SentenceErrors:
    """The edits of n rows in words, (n,) each."""

    words: NDArray[np.int64]
    """Of each reference."""

    substitutions: NDArray[np.int64]
    insertions: NDArray[np.int64]
    """Words that were read and are not in the reference."""

    deletions: NDArray[np.int64]

    @property
    def distances(self) -> NDArray[np.int64]:
        """All edits of each row."""
        return self.substitutions + self.insertions + self.deletions


def split_words(text: str, protocol: ProtocolName) -> list[str]:
    """The words of a text as a protocol compares them."""
    if protocol == "exact":
        return text.split() if text.isascii() else normalize(text, protocol).split()
    return [word for part in text.split() if (word := normalize(part, protocol))]


def measure_sentences(references: Sequence[str], texts: Sequence[str], *, protocol: ProtocolName) -> SentenceErrors:
    """Compare each reference with its text, word by word.

    Args:
        references: as they are written.
        texts: as they were read; empty for nothing.
        protocol: how words are made comparable.
    """
    rows = np.zeros((4, len(references)), dtype=np.int64)
    for place, (reference, text) in enumerate(zip(references, texts, strict=True)):
        written = split_words(reference, protocol)
        rows[0, place] = len(written)
        if reference == text:
            continue
        read = split_words(text, protocol)
        if written == read:
            continue
        rows[1:, place] = _edits(written, read)
    return SentenceErrors(words=rows[0], substitutions=rows[1], insertions=rows[2], deletions=rows[3])


def _edits(written: list[str], read: list[str]) -> tuple[int, int, int]:
    """Substitutions, insertions and deletions of words."""
    # Words that agree at both ends are of no account, and mostly few are left between them.
    start, ends = 0, (len(written), len(read))
    for one, other in zip(written, read, strict=False):
        if one != other:
            break
        start += 1
    rest = min(ends) - start
    same = 0
    while same < rest and written[-1 - same] == read[-1 - same]:
        same += 1
    left, right = written[start : ends[0] - same], read[start : ends[1] - same]
    if not left or not right:
        return 0, len(right), len(left)
    if len(left) == len(right) == 1:
        return 1, 0, 0
    # A character a word, the form that rapidfuzz is fastest with.
    letters = {word: chr(place) for place, word in enumerate({*left, *right})}
    tags = [
        edit.tag for edit in Levenshtein.editops(*("".join(map(letters.__getitem__, side)) for side in (left, right)))
    ]
    return tags.count("replace"), tags.count("insert"), tags.count("delete")
