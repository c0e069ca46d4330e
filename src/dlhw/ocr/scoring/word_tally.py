"""What is reported of one system besides its rates, gathered while its rows come in parts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dlhw.ocr.scoring.edits import EditTally
from dlhw.ocr.scoring.scores import WORST_AT_MOST, LengthRow, WordErrors, worst_words
from dlhw.ocr.scoring.sentences import SentenceErrors


@dataclass(frozen=True, kw_only=True)
class WorstRow:
    """A row that was read wrong."""

    line: int
    """In the file of the truth, from 1."""

    id: str
    reference: str
    text: str
    distance: int


class WordTally:
    """Edits, errors by length and the worst rows of one system; as large for ten million rows as for a thousand."""

    def __init__(self) -> None:
        self.edits = EditTally()
        self.candidates = 0
        """The most that any row has."""

        self._similarities = 0.0
        self._rows = 0
        self._lengths: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0, 0])
        self._worst: list[WorstRow] = []
        self._sentences = dict.fromkeys(("substitutions", "insertions", "deletions", "words"), 0)

    def add(self, errors: WordErrors, sentences: SentenceErrors, lines: Sequence[int], ids: Sequence[str]) -> None:
        """Add rows, with their places in the file of the truth."""
        self.edits.add(zip(errors.references, errors.texts, strict=True))
        self._rows += len(errors)
        self._similarities += (errors.similarity or 0.0) * len(errors)
        for name in self._sentences:
            self._sentences[name] += int(getattr(sentences, name).sum())
        kinds, places = np.unique(errors.lengths, return_inverse=True)
        words = np.bincount(places, minlength=len(kinds))
        distances = np.bincount(places, weights=errors.distances, minlength=len(kinds))
        wrong = np.bincount(places, weights=errors.wrong_at(1), minlength=len(kinds))
        for length, *counts in zip(kinds.tolist(), words.tolist(), distances.tolist(), wrong.tolist(), strict=True):
            self._lengths[length] = [a + int(b) for a, b in zip(self._lengths[length], counts, strict=True)]
        self._worst += [
            WorstRow(
                line=lines[one.index],
                id=ids[one.index],
                reference=one.reference,
                text=one.text,
                distance=one.distance,
            )
            for one in worst_words(errors)
        ]
        self._worst = sorted(self._worst, key=lambda row: (-row.distance, len(row.reference), row.line))[:WORST_AT_MOST]

    @property
    def similarity(self) -> float | None:
        """1 − normalised edit distance."""
        return self._similarities / self._rows if self._rows else None

    @property
    def worst(self) -> tuple[WorstRow, ...]:
        """Largest distance first, then the shortest reference, then the first; at most 20."""
        return tuple(self._worst)

    @property
    def sentence_edits(self) -> dict[str, Any]:
        """Substitutions, insertions and deletions of words, and how many words the references have."""
        return dict(self._sentences)

    @property
    def by_length(self) -> tuple[LengthRow, ...]:
        """Error rates of the rows of each length, the shortest first."""
        return tuple(
            LengthRow(
                length=length, words=words, cer=distance / (length * words) if length else None, wer=wrong / words
            )
            for length, (words, distance, wrong) in sorted(self._lengths.items())
        )
