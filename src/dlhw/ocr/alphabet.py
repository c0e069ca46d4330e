"""The characters a recogniser can write, and their numbers.

Three numbers are not characters: ``PAD`` fills short rows, ``START`` is what the decoder sees first, ``END`` closes a
text. They are numbers only, never strings, so that no text can be mistaken for them.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Self

from dlhw.errors import CheckpointError, DataError

PAD = 0
START = 1
END = 2
FIRST_CHARACTER = 3
"""The number of an alphabet's first character; all numbers below are special."""

NAMED_AT_MOST = 8
"""How many unknown characters a message lists."""


@dataclass(frozen=True, init=False)
class Alphabet:
    """Characters in the order of their numbers, the first being ``FIRST_CHARACTER``.

    A character is one Unicode code point in normal form C (https://unicode.org/reports/tr15/), so that an accent
    that people type in two ways has one number; a base letter with a mark that has no composed form is two.

    Args:
        characters: a string, or strings of one code point each.

    Raises:
        DataError: something is not one code point, not in normal form C, or comes twice.

    Example:
        >>> alphabet = Alphabet("abc")
        >>> alphabet.encode("cab")
        [5, 3, 4]
        >>> alphabet.decode([5, 3, 4, END, PAD])
        'cab'
    """

    characters: tuple[str, ...]
    _numbers: dict[str, int] = field(repr=False, compare=False)

    def __init__(self, characters: Iterable[str]) -> None:
        characters = tuple(characters)
        for character in characters:
            if len(character) != 1:
                raise DataError(f"a character of an alphabet is one code point, got {character!r}")
            if not unicodedata.is_normalized("NFC", character):
                raise DataError(f"{_name(character)} is not in normal form C")
        twice = [character for character, count in Counter(characters).items() if count > 1]
        if twice:
            raise DataError(f"an alphabet has each character once, got {_names(twice)} twice")
        object.__setattr__(self, "characters", characters)
        object.__setattr__(self, "_numbers", {c: number for number, c in enumerate(characters, FIRST_CHARACTER)})

    @property
    def size(self) -> int:
        """How many numbers there are, the special ones among them: what the network's last layer tells apart."""
        return FIRST_CHARACTER + len(self.characters)

    def encode(self, text: str) -> list[int]:
        """The numbers of a text's characters in normal form C, without ``START`` and ``END``.

        Raises:
            DataError: the text has characters that the alphabet lacks; all of them are named.
        """
        numbers = [self._numbers.get(character) for character in _composed(text)]
        known = [number for number in numbers if number is not None]
        if len(known) < len(numbers):
            raise DataError(f"{text!r} has characters outside the alphabet: {_names(sorted(self.unknown([text])))}")
        return known

    def decode(self, numbers: Iterable[int]) -> str:
        """The text up to ``END``, or all of it where there is none.

        Raises:
            DataError: a number before ``END`` stands for no character.
        """
        size = self.size  # asked once: a reader decodes thousands of candidates
        characters: list[str] = []
        for number in numbers:
            if number == END:
                break
            if not FIRST_CHARACTER <= number < size:
                raise DataError(f"{number} stands for no character; those are from {FIRST_CHARACTER} to {size - 1}")
            characters.append(self.characters[number - FIRST_CHARACTER])
        return "".join(characters)

    def unknown(self, texts: Iterable[str]) -> Counter[str]:
        """The characters of some texts that the alphabet lacks, with how often they come."""
        counts = Counter(character for text in texts for character in _composed(text))
        return Counter({character: count for character, count in counts.items() if character not in self._numbers})

    @classmethod
    def from_texts(cls, texts: Iterable[str]) -> Self:
        """The characters of some texts, sorted by code point."""
        return cls(tuple(sorted({character for text in texts for character in _composed(text)})))

    def extended(self, texts: Iterable[str]) -> Self:
        """This alphabet and, behind it, the texts' characters it lacks, sorted.

        Every old character keeps its number, so that a trained network's rows for it can be copied.
        """
        return type(self)((*self.characters, *sorted(self.unknown(texts))))

    def as_header(self) -> str:
        """The same as a plain value for a checkpoint's header: the characters as one string."""
        return "".join(self.characters)

    @classmethod
    def from_header(cls, value: object) -> Self:
        """The alphabet of a checkpoint.

        Raises:
            CheckpointError: the value is not what ``as_header`` writes.
        """
        if not isinstance(value, str):
            raise CheckpointError(f"a checkpoint's alphabet is a string, got {type(value).__name__}")
        try:
            return cls(tuple(value))
        except DataError as error:
            raise CheckpointError(f"the checkpoint's alphabet is damaged: {error.message}") from error


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _names(characters: Sequence[str]) -> str:
    named = ", ".join(_name(character) for character in characters[:NAMED_AT_MOST])
    more = len(characters) - NAMED_AT_MOST
    return f"{named} and {more} more" if more > 0 else named


def _name(character: str) -> str:
    return f"{character!r} (U+{ord(character):04X})"
