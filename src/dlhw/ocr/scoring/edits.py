"""Which characters were taken for which: the edits behind a character error rate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from rapidfuzz.distance import Levenshtein


@dataclass(frozen=True, kw_only=True)
class Confusion:
    """A character of the reference and what was read instead of it."""

    reference: str
    """Empty for a character that was inserted."""

    text: str
    """Empty for a character that was left out."""

    count: int


@dataclass(frozen=True, kw_only=True)
class EditCounts:
    """The edits that turn references into texts, by kind and by character.

    Where several shortest ways lead from one to the other, rapidfuzz's is taken; the total is the same for all.
    """

    substitutions: int
    insertions: int
    """Characters that were read and are not in the reference."""

    deletions: int
    """Characters of the reference that were not read."""

    confusions: tuple[Confusion, ...]
    """All of them, the most frequent first."""

    occurrences: dict[str, int]
    """How often each character comes in the references, the most frequent first."""

    @property
    def total(self) -> int:
        """The sum of all edit distances."""
        return self.substitutions + self.insertions + self.deletions


class EditTally:
    """Edits counted while (reference, text) pairs come in parts."""

    def __init__(self) -> None:
        self._confusions: Counter[tuple[str, str]] = Counter()
        self._occurrences = np.zeros(0, dtype=np.int64)  # by code point

    def add(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Count the edits of pairs that are already made comparable."""
        references = []
        for reference, text in pairs:
            references.append(reference)
            if reference == text:
                continue
            for edit in Levenshtein.editops(reference, text):
                there = reference[edit.src_pos] if edit.tag != "insert" else ""
                read = text[edit.dest_pos] if edit.tag != "delete" else ""
                self._confusions[there, read] += 1
        letters = np.frombuffer("".join(references).encode("utf-32-le", "surrogatepass"), dtype="<u4")
        counts = np.bincount(letters, minlength=len(self._occurrences))
        counts[: len(self._occurrences)] += self._occurrences
        self._occurrences = counts

    def counts(self) -> EditCounts:
        """All that were counted."""
        # By count, then by code point, so that ties have an order that does not depend on the data's.
        ranked = sorted(self._confusions.items(), key=lambda item: (-item[1], item[0]))
        return EditCounts(
            substitutions=sum(count for (there, read), count in ranked if there and read),
            insertions=sum(count for (there, _), count in ranked if not there),
            deletions=sum(count for (_, read), count in ranked if not read),
            confusions=tuple(Confusion(reference=there, text=read, count=count) for (there, read), count in ranked),
            occurrences={
                chr(letter): int(self._occurrences[letter])
                for letter in np.argsort(-self._occurrences, kind="stable").tolist()
                if self._occurrences[letter]
            },
        )


def count_edits(pairs: Iterable[tuple[str, str]]) -> EditCounts:
    """Count the edits of (reference, text) pairs, already made comparable."""
    tally = EditTally()
    tally.add(pairs)
    return tally.counts()
