"""Letters that are measured and were never learnt: no network can write them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dlhw.ocr.data import Words
from dlhw.plurals import part_of, plural

SHOWN_AT_MOST = 20


def warn_of_unknown_characters(known: Iterable[str], splits: Mapping[str, Words]) -> tuple[str, ...]:
    """A sentence for each split that has letters which no training word has.

    Args:
        known: the letters that can be written.
        splits: the words that will be measured, by the names of their splits.
    """
    written = frozenset(known)
    sentences = []
    for name, words in splits.items():
        letters = sorted(set("".join(words.texts)) - written)
        if letters:
            count = sum(not written.issuperset(text) for text in words.texts)
            more = f" … and {len(letters) - SHOWN_AT_MOST:,} more" if len(letters) > SHOWN_AT_MOST else ""
            sentences.append(
                f"{part_of(count, len(words), f'{name} word')} {plural(count, 'has')} characters that no training word "
                f"has, and cannot be read right: {' '.join(letters[:SHOWN_AT_MOST])}{more}"
            )
    return tuple(sentences)
