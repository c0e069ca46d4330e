"""Words that nobody who just looks at a contact sheet asked for.

The list is kept as digests, so that the words themselves stand nowhere in this project: 8 bytes of blake2b of
the casefolded word, in hexadecimal, one a line.
"""

from __future__ import annotations

import functools
import hashlib
from importlib import resources

DIGEST_SIZE = 8
SHORTEST, LONGEST = 3, 14


def digest(word: str) -> str:
    """The digest that stands for a word in the list."""
    return hashlib.blake2b(word.casefold().encode(), digest_size=DIGEST_SIZE).hexdigest()


@functools.cache
def offensive_digests() -> frozenset[str]:
    """The list."""
    return frozenset(resources.files("dlhw.ocr.words").joinpath("offensive.txt").read_text().split())


def is_offensive(word: str) -> bool:
    """Whether this very word is on the list, in whatever case."""
    return digest(word) in offensive_digests()


def hides_offence(text: str) -> bool:
    """Whether any part of a random string is on the list. Costs a digest a part, so words are asked whole."""
    ends = range(SHORTEST, len(text) + 1)
    return any(is_offensive(text[start:end]) for end in ends for start in range(max(0, end - LONGEST), end - 2))
