"""How well words were read: error rates with intervals, and where the errors lie.

::

    CER    = Σ Levenshtein(reference, text) / Σ length(reference)     over code points
    WER    = share of words that are not exactly right
    WER@k  = share of words with no exact match among the first k distinct candidates
    1 − NED = mean of 1 − Levenshtein(reference, text) / max(length(reference), length(text)); 1 where both are empty

Sums run over the whole set, never over batches. The text is the first candidate, so that WER@1 is WER and WER@k
falls with k. Both sides are made comparable first (``protocols.py``), candidates before they are counted as distinct.
A word without candidates, as for an image that cannot be read, is wrong, and all its characters are missing. An
empty reference adds its edits to the CER and nothing to the denominator. A rate with nothing to divide by is ``None``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from dlhw.learning.intervals import NO_DIFFERENCE, Difference, Estimate, bootstrap_ratio, paired_bootstrap, wilson
from dlhw.ocr.alphabet import Alphabet
from dlhw.ocr.scoring.calibration import Calibration, calibrate
from dlhw.ocr.scoring.edits import EditCounts, count_edits
from dlhw.ocr.scoring.protocols import ProtocolName, distinct, normalize_all

WORST_AT_MOST = 20

FEW_TEXTS = 20
"""So many different texts say little of others, however often each is written."""


@dataclass(frozen=True, kw_only=True)
class WordErrors:
    """The errors of n words, word by word."""

    references: tuple[str, ...]
    """As the protocol compares them; so are the texts."""

    texts: tuple[str, ...]
    """The first candidates, empty where there was none."""

    distances: NDArray[np.int64]
    """Levenshtein distance of each text to its reference, (n,)."""

    lengths: NDArray[np.int64]
    """Code points of each reference, (n,)."""

    ranks: NDArray[np.int64]
    """Place of the exact match among the distinct candidates, from 0; −1 where there is none, (n,)."""

    def __len__(self) -> int:
        return len(self.references)

    @property
    def cer(self) -> float | None:
        """Character error rate; above 1 where more was read than there is."""
        length = int(self.lengths.sum())
        return int(self.distances.sum()) / length if length else None

    @property
    def wer(self) -> float | None:
        """Word error rate."""
        return self.wer_at(1)

    def wer_at(self, k: int) -> float | None:
        """Share of words with no exact match among the first k distinct candidates."""
        return int(self.wrong_at(k).sum()) / len(self) if len(self) else None

    def wrong_at(self, k: int) -> NDArray[np.bool_]:
        """Whether each word has no exact match among the first k distinct candidates, (n,)."""
        return np.asarray((self.ranks < 0) | (self.ranks >= k))

    @property
    def similarity(self) -> float | None:
        """1 − normalised edit distance, as word recognition toolkits report it (ICDAR 2019)."""
        if not len(self):
            return None
        longest = np.maximum(self.lengths, [len(text) for text in self.texts])
        # Both empty: the distance is 0, and 0 / 1 makes the word wholly right.
        return float(np.mean(1 - self.distances / np.maximum(longest, 1)))


@dataclass(frozen=True, kw_only=True)
class LengthRow:
    """The errors of the words with one length."""

    length: int
    """Of the reference, in code points."""

    words: int
    cer: float | None
    wer: float


@dataclass(frozen=True, kw_only=True)
class WorstWord:
    """A word that was read wrong."""

    index: int
    """Its place among the words that were scored."""

    reference: str
    text: str
    distance: int


@dataclass(frozen=True, kw_only=True)
class Scores:
    """Everything that is reported of a set of words."""

    words: int
    protocol: ProtocolName
    k: int
    cer: Estimate
    """Bootstrap interval over words."""

    wer: Estimate
    """Wilson's interval."""

    wer_at_k: Estimate
    """Wilson's interval."""

    similarity: float | None
    """1 − normalised edit distance."""

    edits: EditCounts
    by_length: tuple[LengthRow, ...]
    """Shortest first."""

    worst: tuple[WorstWord, ...]
    """Largest distance first, then the shortest reference; at most 20."""

    calibration: Calibration | None
    """``None`` where no confidences were given."""

    unknown: dict[str, int]
    """How often the references, as written, have characters that the alphabet lacks, the most frequent first; empty
    where no alphabet was given."""

    warnings: tuple[str, ...]
    """What a person should know before quoting a rate."""


def measure(
    references: Sequence[str], candidates: Sequence[Sequence[str]], *, protocol: ProtocolName = "exact"
) -> WordErrors:
    """Compare each reference with its candidates.

    Args:
        references: what is written in n images.
        candidates: what was read in them, the best first; an empty sequence for an image that cannot be read.
        protocol: how texts are made comparable.

    Raises:
        ValueError: there are not as many of one as of the other.
    """
    if len(references) != len(candidates):
        raise ValueError(f"each reference needs candidates, got {len(references)} and {len(candidates)}")
    expected = normalize_all(references, protocol)
    if all(len(texts) <= 1 for texts in candidates):
        read = normalize_all([one[0] if one else "" for one in candidates], protocol)
        ranks = [
            0 if text == reference and one else -1
            for reference, text, one in zip(expected, read, candidates, strict=True)
        ]
    else:
        found = [distinct(texts, protocol) for texts in candidates]
        read = [one[0] if one else "" for one in found]
        ranks = [
            one.index(reference) if reference in one else -1 for reference, one in zip(expected, found, strict=True)
        ]
    distances = [
        0 if reference == text else Levenshtein.distance(reference, text)
        for reference, text in zip(expected, read, strict=True)
    ]
    return WordErrors(
        references=tuple(expected),
        texts=tuple(read),
        distances=np.array(distances, dtype=np.int64),
        lengths=np.array([len(reference) for reference in expected], dtype=np.int64),
        ranks=np.array(ranks, dtype=np.int64),
    )


def score(
    references: Sequence[str],
    candidates: Sequence[Sequence[str]],
    *,
    k: int,
    protocol: ProtocolName = "exact",
    confidences: Sequence[float] | None = None,
    alphabet: Alphabet | None = None,
    seed: int = 0,
) -> Scores:
    """Everything there is to say of how n words were read.

    Args:
        references: what is written in the images.
        candidates: what was read in them, the best first; an empty sequence for an image that cannot be read.
        k: how many candidates WER@k looks at.
        protocol: how texts are made comparable.
        confidences: the probability of each first candidate, 0 where there is none.
        alphabet: what the recogniser can write.
        seed: of the bootstrap.
    """
    errors = measure(references, candidates, protocol=protocol)
    count = len(errors)
    wrong = errors.wrong_at(1)
    return Scores(
        words=count,
        protocol=protocol,
        k=k,
        cer=bootstrap_ratio(errors.distances, errors.lengths, seed=seed),
        wer=wilson(int(wrong.sum()), count),
        wer_at_k=wilson(int(errors.wrong_at(k).sum()), count),
        similarity=errors.similarity,
        edits=count_edits(zip(errors.references, errors.texts, strict=True)),
        by_length=by_length(errors),
        worst=worst_words(errors),
        calibration=None if confidences is None else calibrate(confidences, ~wrong),
        unknown={} if alphabet is None else dict(alphabet.unknown(references).most_common()),
        warnings=_warnings(errors, protocol),
    )


def by_length(errors: WordErrors) -> tuple[LengthRow, ...]:
    """Error rates of the words of each length, the shortest first."""
    rows = []
    wrong = errors.wrong_at(1)
    for length in np.unique(errors.lengths).tolist():
        members = errors.lengths == length
        words = int(members.sum())
        distance = int(errors.distances[members].sum())
        rows.append(
            LengthRow(
                length=length,
                words=words,
                cer=distance / (length * words) if length else None,
                wer=int(wrong[members].sum()) / words,
            )
        )
    return tuple(rows)


def worst_words(errors: WordErrors, *, at_most: int = WORST_AT_MOST) -> tuple[WorstWord, ...]:
    """The words with most edits; among equals the shortest reference, then the first."""
    order = np.lexsort((errors.lengths, -errors.distances))[:at_most].tolist()
    return tuple(
        WorstWord(
            index=index,
            reference=errors.references[index],
            text=errors.texts[index],
            distance=int(errors.distances[index]),
        )
        for index in order
        if errors.distances[index]
    )


def cer_difference(first: WordErrors, second: WordErrors, *, seed: int = 0) -> Difference:
    """CER of the first system minus that of the second on the same words.

    Raises:
        ValueError: the references are not the same.
    """
    _check_same(first, second)
    return paired_bootstrap(first.distances, second.distances, first.lengths, seed=seed)


def wer_difference(first: WordErrors, second: WordErrors, *, k: int = 1, seed: int = 0) -> Difference:
    """WER@k of the first system minus that of the second on the same words.

    Raises:
        ValueError: the references are not the same.
    """
    _check_same(first, second)
    if not len(first):
        return NO_DIFFERENCE
    return paired_bootstrap(first.wrong_at(k), second.wrong_at(k), np.ones(len(first)), seed=seed)


def _check_same(first: WordErrors, second: WordErrors) -> None:
    if first.references != second.references:
        raise ValueError("two systems are compared on the same words")


def _warnings(errors: WordErrors, protocol: ProtocolName) -> tuple[str, ...]:
    if not len(errors):
        return ("there are no words to score, so there are no error rates",)
    empty = int((errors.lengths == 0).sum())
    if empty == len(errors):
        return (f"every reference is empty under the protocol {protocol}, so there is no character error rate",)
    different = len(set(errors.references))
    if empty:
        return (
            f"{empty} of {len(errors)} references are empty under the protocol {protocol}; what was read there counts",
            *few_texts(different, len(errors)),
        )
    return few_texts(different, len(errors))


def few_texts(different: int, words: int, name: str = "") -> tuple[str, ...]:
    """A warning where many words are few texts: intervals take the words as independent, which those are not.

    Args:
        different: texts.
        words: of all.
        name: of the set, as ``test``.
    """
    if different >= FEW_TEXTS or words < max(FEW_TEXTS, 2 * different):
        return ()
    what, these = ("one text", "it") if different == 1 else (f"{different} texts", "these")
    return (
        f"the {words:,} {name}{' ' if name else ''}words repeat {what}: "
        f"rates and intervals hold for images of {these} alone",
    )
