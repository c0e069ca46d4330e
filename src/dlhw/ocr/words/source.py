"""Where the words come from, and which split each belongs to.

A text's split follows from the text alone: from a hash of its letters and digits in casefolded form. So no
word of the validation or test split is ever learnt, whatever its case or punctuation, the seed or the source.
"""

from __future__ import annotations

import functools
import hashlib
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dlhw.errors import DataError, UsageError
from dlhw.ocr.words import notations
from dlhw.ocr.words.letters import letters_of
from dlhw.ocr.words.offensive import is_offensive
from dlhw.ocr.words.vocabulary import MAX_LETTERS, Vocabulary, language_vocabulary, read_word_list

__all__ = ["MAX_LETTERS", "SPLITS", "Split", "WordSource", "split_of"]

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test")
VALIDATION_SHARE = TEST_SHARE = 0.05
LOWER, TITLE = 0.45, 0.25  # the rest is in capitals, as on signs


def split_of(text: str) -> Split:
    """The split that a text belongs to, in every case and with or without punctuation around it."""
    hashed = hashlib.blake2b(letters_of(text).encode(), digest_size=8).digest()
    place = int.from_bytes(hashed, "big") / 2**64
    if place < VALIDATION_SHARE:
        return "validation"
    return "test" if place < VALIDATION_SHARE + TEST_SHARE else "train"


@dataclass(frozen=True, kw_only=True)
class WordSource:
    """The words of a language with numbers and codes among them, or the words of a list alone, as written.

    It is a recipe, small to send to another process; the words are loaded where they are first drawn.
    """

    language: str = "en"
    """A code of wordfreq's; not looked at where there is a list."""
    word_list: Path | None = None
    """A file as `read_word_list` reads it."""

    @staticmethod
    def checked(language: str | None = None, word_list: Path | None = None) -> WordSource:
        """A source whose words were found and could be read.

        Raises:
            UsageError: both were given, or the language is unknown or cannot be drawn.
            DataError: the list cannot be used.
        """
        if language is not None and word_list is not None:
            raise UsageError("`language` and `word_list` are two sources of words", "give one of them")
        source = WordSource(language=language or "en", word_list=word_list.absolute() if word_list else None)
        _load(source)
        return source

    @property
    def name(self) -> str:
        """What the words are, for people."""
        return f"wordfreq {self.language}" if self.word_list is None else str(self.word_list)

    @property
    def characters(self) -> str:
        """Every character that can be drawn, sorted."""
        return _load(self).characters

    @property
    def words_hash(self) -> str:
        """A hash of the words and their weights: the same where the same words are drawn."""
        vocabulary = self.vocabulary
        lines = (f"{word}\t{weight!r}\n" for word, weight in zip(vocabulary.words, vocabulary.weights, strict=True))
        return hashlib.blake2b("".join(lines).encode(), digest_size=8).hexdigest()

    @property
    def vocabulary(self) -> Vocabulary:
        """The plain words, before anything is done to them."""
        return _load(self).vocabulary

    def draw(self, split: Split, rng: np.random.Generator) -> str:
        """A text of this split: NFC, 1 to `MAX_LETTERS` characters.

        Raises:
            DataError: the list has no word of this split.
        """
        loaded = _load(self)
        own = loaded.by_split[split]
        if not own.words:
            raise DataError(
                f"none of the {len(loaded.vocabulary.words):,} words of {self.name} falls into the {split} split",
                "a word's hash decides, and gives one in twenty to validation and to test: give a list of 200 words or "
                "more, which leaves no split empty",
            )
        if self.word_list is not None:
            return own.draw(rng)
        compose = self._composer(own, rng)
        while True:
            text = unicodedata.normalize("NFC", compose())
            # Plain words are drawn from those of the split; the rest is drawn until one falls into it.
            if len(text) <= MAX_LETTERS and split_of(text) == split and not is_offensive(text):
                return text

    def _composer(self, own: _SplitWords, rng: np.random.Generator) -> Callable[[], str]:
        """What draws texts of one kind. The kind is drawn here, once a text.

        Drawn again after every rejection, it would give each split other shares: a plain word drawn
        here always belongs to the split, a number to the test split once in twenty draws.
        """

        def word() -> str:
            return self._cased(own.draw(rng), rng)

        kind = rng.random()
        for draw, share in notations.NOTATIONS:
            kind -= share
            if kind < 0:
                return functools.partial(draw, rng)
        if kind < notations.PUNCTUATED:
            form = rng.random()
            return lambda: notations.punctuated(rng, word(), word(), form)
        return word

    def _cased(self, word: str, rng: np.random.Generator) -> str:
        kind = rng.random()
        if kind < LOWER:
            return word
        if kind >= LOWER + TITLE or "." in word:
            return _capitals(word, self.language)
        return _capitals(word[0], self.language) + word[1:]


def _capitals(word: str, language: str) -> str:
    if language == "tr":
        return word.replace("i", "İ").upper()
    if language == "el":  # Greek capitals are written without accents
        parts = unicodedata.normalize("NFD", word.upper())
        return "".join(part for part in parts if not unicodedata.combining(part))
    return word.upper()


class _SplitWords(NamedTuple):
    """The words of one split."""

    words: tuple[str, ...]
    cumulative: NDArray[np.float64]

    def draw(self, rng: np.random.Generator) -> str:
        at = self.cumulative.searchsorted(rng.random() * self.cumulative[-1], side="right")
        return self.words[min(int(at), len(self.words) - 1)]


class _Loaded(NamedTuple):
    vocabulary: Vocabulary
    by_split: dict[Split, _SplitWords]
    characters: str


@functools.cache
def _load(source: WordSource) -> _Loaded:
    if source.word_list is not None:
        vocabulary = read_word_list(source.word_list)
        characters = {letter for word in vocabulary.words for letter in word}
    else:
        vocabulary = language_vocabulary(source.language)
        cased = {letter for word in vocabulary.words for letter in word + _capitals(word, source.language)}
        characters = cased | notations.CHARACTERS
    sorted_out: dict[Split, list[int]] = {split: [] for split in SPLITS}
    for row, word in enumerate(vocabulary.words):
        sorted_out[split_of(word)].append(row)
    by_split = {
        split: _SplitWords(
            tuple(vocabulary.words[row] for row in rows), np.cumsum([vocabulary.weights[row] for row in rows])
        )
        for split, rows in sorted_out.items()
    }
    return _Loaded(vocabulary, by_split, "".join(sorted(characters)))
