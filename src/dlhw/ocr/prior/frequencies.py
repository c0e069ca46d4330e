"""How often words are used, looked up without loading a list of words.

The frequencies are those of `wordfreq <https://github.com/rspeer/wordfreq>`_ (Robyn Speer, 2022). To load its list
takes more than a second, so a table of hashes is made of it once, 4 MB in the user's cache folder.
"""

from __future__ import annotations

import functools
import hashlib
import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from io import BytesIO
from pathlib import Path

import numpy as np
import platformdirs
from numpy.typing import NDArray

from dlhw.errors import DataError, UsageError
from dlhw.images.npz import map_npy
from dlhw.learning.files import note, write_cache

VERSION = 1
"""Of the table; another one is another file."""

ENTRY = np.dtype([("hash", "<u8"), ("log", "<f4")])
"""A word's hash and the logarithm of its frequency."""


@dataclass(frozen=True, kw_only=True, eq=False)
class WordFrequencies:
    """The words of a language: letters alone, without case, accents kept."""

    table: NDArray[np.void]
    """(N,) of :data:`ENTRY`, by rising hash."""

    @classmethod
    def of(cls, frequencies: Mapping[str, float]) -> WordFrequencies:
        """A table of words with frequencies above 0; those that differ in case and marks alone are added up."""
        summed: defaultdict[str, float] = defaultdict(float)
        for word, frequency in frequencies.items():
            plain = letters(word)
            if plain and not any(map(str.isdigit, plain)):
                summed[plain] += frequency
        entries = [(_hash(word), math.log(frequency)) for word, frequency in summed.items()]
        return cls(table=np.sort(np.array(entries, dtype=ENTRY), order="hash"))

    @functools.cached_property
    def _hashes(self) -> NDArray[np.uint64]:
        # searchsorted copies an array whose numbers lie apart, here 2.6 MB at every call, which took 95 µs.
        return np.ascontiguousarray(self.table["hash"])

    def log_frequency(self, word: str) -> float | None:
        """The logarithm of a word's share of all words, or ``None`` where it is unknown."""
        wanted = np.uint64(_hash(letters(word)))
        place = int(self._hashes.searchsorted(wanted))
        if place == len(self._hashes) or self._hashes[place] != wanted:
            return None
        return float(self.table["log"][place])


def letters(text: str) -> str:
    """A text's letters and digits in casefolded form, as words are looked up."""
    return "".join(filter(str.isalnum, text.casefold()))


@functools.cache
def word_frequencies(language: str) -> WordFrequencies:
    """The words of a language of wordfreq's.

    Raises:
        UsageError: there is no such language.
    """
    if not (language.isascii() and language.isalpha() and len(language) < 20):  # it becomes a file's name
        check_language(language)
    cache = Path(platformdirs.user_cache_dir("dlhw")) / f"words-{language}-{version('wordfreq')}-{VERSION}.npy"
    kept = _cached(cache)
    if kept is not None:
        return WordFrequencies(table=kept)
    import wordfreq  # half a second

    check_language(language)
    made = WordFrequencies.of(wordfreq.get_frequency_dict(language, wordlist="best"))
    buffer = BytesIO()
    np.save(buffer, made.table)
    write_cache(cache, buffer.getvalue())
    return made


def check_language(language: str) -> None:
    """See that there are words of a language, by wordfreq's code for it, such as ``en``.

    Raises:
        UsageError: there are none.
    """
    import wordfreq

    known = wordfreq.available_languages()
    if language not in known:
        raise UsageError(f"`prior` has no words of {language}", f"give none, or one of {', '.join(sorted(known))}")


def _cached(cache: Path) -> NDArray[np.void] | None:
    if not cache.exists():
        return None
    try:
        table = map_npy(cache)
        if table.dtype == ENTRY and table.ndim == 1:
            return table
        note(f"the cache {cache} is of another kind, and was made anew")
    except DataError as error:
        note(f"the cache is damaged, and was made anew: {error.message}")
    return None


def _hash(word: str) -> int:
    # Of 64 bits: that any two of 321,000 words share one has a probability of 3 in a billion.
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "little")
