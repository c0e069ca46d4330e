"""Words with their weights: those of a language from wordfreq, or those of the user's own list.

A language's words come from `wordfreq` (Robyn Speer, 2022), whose numbers are frequencies in subtitles, the web,
books, news and more, up to 2021, and are frozen since. A frequency counts to the power of 0.6: by
plain frequency a handful of words would fill half of all images, and the rare ones would never be learnt.
"""

from __future__ import annotations

import functools
import math
import unicodedata
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from dlhw.errors import DataError, UsageError
from dlhw.ocr.words.offensive import is_offensive

MAX_LETTERS = 24
VOCABULARY_SIZE = 40_000
TEMPER = 0.6
IN_WORDS = "'’-."
RARE_LETTER = 10

_JOINED = "its letters are written right to left, and change their shapes beside each other"
_UNSPACED = "it is written without spaces between words, or cannot be cut into words without a tokenizer"
_STACKED = "its vowel signs move around and join the letters beside them"
NOT_DRAWN = {
    "ar": _JOINED, "fa": _JOINED, "ur": _JOINED, "he": "it is written right to left",
    "zh": _UNSPACED, "ja": _UNSPACED, "ko": _UNSPACED,
    "hi": _STACKED, "bn": _STACKED, "ta": _STACKED,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """Words, NFC, and how often each is to be drawn."""

    words: tuple[str, ...]
    """Each one once; as they are written where they come from."""
    weights: tuple[float, ...]
    """Above 0, in any unit."""


def check_language(language: str) -> None:
    """See that a language's words can be rendered.

    Raises:
        UsageError: there are none, or they cannot be drawn letter by letter.
    """
    import wordfreq

    known = set(wordfreq.available_languages())
    if language in NOT_DRAWN and language in known:
        raise UsageError(f"`language` {language} cannot be rendered: {NOT_DRAWN[language]}", "give a `word_list`")
    if language not in known:
        drawn = ", ".join(sorted(known - NOT_DRAWN.keys()))
        raise UsageError(f"`language` has no words of {language}", f"there are words for {drawn}")


@functools.cache
def language_vocabulary(language: str) -> Vocabulary:
    """The most frequent words of a language, in lower case, without offensive ones, digits or foreign letters.

    Args:
        language: a code of wordfreq's, such as ``en``.

    Raises:
        UsageError: there is no such language, or it cannot be drawn letter by letter.
    """
    import wordfreq  # half a second, which a word list need not pay

    check_language(language)
    frequencies = wordfreq.get_frequency_dict(language, wordlist="best")
    ranked = sorted(frequencies, key=lambda word: (-frequencies[word], word))
    kept = {}
    for found in ranked:
        word = unicodedata.normalize("NFC", found).replace("’", "'")
        if word.endswith("σ"):  # wordfreq folds cases, and the Greek final sigma with them
            word = word[:-1] + "ς"
        if word not in kept and _is_plain(word) and not is_offensive(word):
            kept[word] = frequencies[found] ** TEMPER
        if len(kept) == VOCABULARY_SIZE:
            break
    letters = Counter(letter for word in kept for letter in set(word))
    native = {letter for letter, count in letters.items() if count >= RARE_LETTER}
    kept = {word: weight for word, weight in kept.items() if native.issuperset(word)}
    return Vocabulary(words=tuple(kept), weights=tuple(kept.values()))


def _is_plain(word: str) -> bool:
    letters = [letter for letter in word if letter not in IN_WORDS]
    return bool(letters) and len(word) <= MAX_LETTERS and all(map(str.isalpha, letters)) and word[-1].isalpha()


def read_word_list(path: Path) -> Vocabulary:
    """Read a list of words: UTF-8, one word a line, then perhaps a tab and a weight; empty lines are skipped.

    Words are drawn as they are written there. A word that comes twice has the sum of its weights.

    Raises:
        DataError: it cannot be read, is not UTF-8, holds no word, or a line is wrong, which is named.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"the word list {path} cannot be read: {error.strerror or error}") from error
    weights: dict[str, float] = {}
    # Split as bytes: str.splitlines() would also split at rare separators, and lines would be misnumbered.
    for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        place = f"{path}, line {number}"
        try:
            text = line.rstrip(b"\r").decode()
        except UnicodeDecodeError as error:
            hint = f"if it is Latin-1: iconv -f latin1 -t utf-8 {path.name} > utf-8.txt"
            raise DataError(f"{place}: expected UTF-8, got the byte 0x{line[error.start]:02x}", hint) from error
        if text.strip():
            word, weight = _read_line(text, place)
            weights[word] = weights.get(word, 0.0) + weight
    if not weights:
        raise DataError(f"the word list {path} holds no word", "expected one word a line")
    return Vocabulary(words=tuple(weights), weights=tuple(weights.values()))


def _read_line(text: str, place: str) -> tuple[str, float]:
    field, tab, weight_field = text.partition("\t")
    word = unicodedata.normalize("NFC", field.strip())
    if not word:
        raise DataError(f"{place}: expected a word before the tab")
    if len(word) > MAX_LETTERS:
        raise DataError(f"{place}: expected at most {MAX_LETTERS} letters, got {len(word)}: {word[:40]}")
    for letter in word:
        if letter.isspace():
            raise DataError(
                f"{place}: expected one word a line; “{word}” holds a space",
                "give each word a line of its own, as each is in an image of its own; a weight stands after a tab",
            )
        if unicodedata.category(letter)[0] in "CM" or unicodedata.bidirectional(letter) in ("R", "AL"):
            name = unicodedata.name(letter, f"U+{ord(letter):04X}")
            raise DataError(f"{place}: {name} cannot be drawn", "words are drawn from left to right, letter by letter")
    if not tab:
        return word, 1.0
    try:
        weight = float(weight_field)
    except ValueError:
        weight = math.nan
    if not (math.isfinite(weight) and weight > 0):
        raise DataError(f"{place}: expected a weight above 0 after the tab, got “{weight_field.strip()}”")
    return word, weight
