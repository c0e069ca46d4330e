"""Texts that were read anywhere, scored: each system's error rates, and which of two systems makes fewer errors.

::

    report = score_words(["cat", "street"], {"mine": ["cat", "stret"], "theirs": ["cut", "street"]})
    report.systems[0].cer.value         # 0.111
    report.pairs[0].differences["cer"].p    # is the difference more than chance?

The definitions are those of :mod:`dlhw.ocr.scoring.scores` and :mod:`dlhw.ocr.scoring.sentences`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from dlhw.errors import check_at_least, check_whole
from dlhw.learning.intervals import Estimate
from dlhw.learning.resampling import RESAMPLES
from dlhw.learning.system_rates import Pair, Rate, SystemRates, candidate_lists, check_rows, listed_texts
from dlhw.ocr.scoring.edits import EditCounts
from dlhw.ocr.scoring.protocols import ProtocolName, check_protocol
from dlhw.ocr.scoring.scores import FEW_TEXTS, LengthRow, few_texts, measure
from dlhw.ocr.scoring.sentences import measure_sentences
from dlhw.ocr.scoring.word_tally import WordTally, WorstRow

CONFUSIONS_AT_MOST = 100
PROPOSALS = 3
"""Candidates that WER@k looks at, where nobody says otherwise: the homework's three."""

RATES = (
    Rate("cer", "letters", share=False),
    Rate("wer", "rows", share=True),
    Rate("wer_at_k", "rows", share=True),
    Rate("sentence_wer", "words", share=False),
)


@dataclass(frozen=True, kw_only=True)
class SystemScores:
    """How well one system read."""

    name: str
    cer: Estimate
    wer: Estimate
    """The share of rows that are not exactly right: of words the word error rate, of sentences the sentence's."""

    wer_at_k: Estimate
    sentence_wer: Estimate
    """Edits of words over words, as speech recognition has it."""

    similarity: float | None
    edits: EditCounts
    sentence_edits: dict[str, int]
    by_length: tuple[LengthRow, ...]
    worst: tuple[WorstRow, ...]

    def as_document(self, k: int) -> dict[str, Any]:
        """An entry of ``systems`` in the document of ``dlhw score``."""
        edits = self.edits
        return {
            "predictions": self.name,
            "cer": asdict(self.cer),
            "wer": asdict(self.wer),
            "wer_at_k": {"k": k, **asdict(self.wer_at_k)},
            "sentence_wer": asdict(self.sentence_wer),
            "normalized_edit_similarity": self.similarity,
            "edits": {kind: getattr(edits, kind) for kind in ("substitutions", "insertions", "deletions")},
            "sentence_edits": self.sentence_edits,
            "by_length": [asdict(row) for row in self.by_length],
            "confusions": [
                {**asdict(one), "of": edits.occurrences.get(one.reference)}
                for one in edits.confusions[:CONFUSIONS_AT_MOST]
            ],
            "worst": [asdict(row) for row in self.worst],
        }


@dataclass(frozen=True, kw_only=True)
class WordReport:
    """All scores of several systems on the same rows."""

    rows: int
    protocol: ProtocolName
    k: int
    """How many candidates WER@k looks at, at most as many as any row has."""

    candidates: int
    """The most that any row has."""

    groups: int | None
    """How many were resampled; ``None`` where rows were."""

    different: int
    """References that differ, as the protocol compares them; from ``FEW_TEXTS`` on not all are counted."""

    systems: tuple[SystemScores, ...]
    pairs: tuple[Pair, ...]
    """Rates of A minus those of B: below 0, A makes fewer errors."""

    def warnings(self) -> list[str]:
        """What a person should know before quoting a rate."""
        found = []
        empty = sum(row.words for row in self.systems[0].by_length if not row.length)
        if empty == self.rows:
            found.append(f"every reference is empty under the protocol {self.protocol}: there is no CER")
        elif empty:
            found.append(
                f"{empty:,} of {self.rows:,} references are empty under the protocol {self.protocol}; what was read "
                "there counts"
            )
        if self.groups is None:
            found += few_texts(self.different, self.rows)
        if self.candidates > self.k:
            found.append(f"some rows have {self.candidates} candidates, and {self.k} are looked at: `k` says how many")
        return found

    def as_document(self) -> dict[str, Any]:
        """The rates in the document of ``dlhw score``."""
        names = [system.name for system in self.systems]
        return {
            "words": self.rows,
            "protocol": self.protocol,
            "k": self.k,
            "systems": [system.as_document(self.k) for system in self.systems],
            "pairs": [pair.as_document(names, {"wer_at_k": self.k}) for pair in self.pairs],
        }


class WordScorer:
    """Scores rows that come in parts, in memory that does not grow with them.

    Args:
        systems: their names.
        protocol: how texts are made comparable.
        k: how many candidates WER@k looks at.
        grouped: whether rows come with groups, which are resampled instead of rows.

    Raises:
        UsageError: k is below 1.
    """

    def __init__(
        self, systems: Sequence[str], *, protocol: ProtocolName = "exact", k: int = PROPOSALS, grouped: bool = False
    ) -> None:
        check_at_least(1, k=check_whole("k", k))
        self._systems = tuple(systems)
        self._protocol: ProtocolName = protocol
        self._k = k
        self._rows = 0
        self._different: set[str] = set()  # references, no more of them than tell that they are many
        self._tallies = [WordTally() for _ in systems]
        self._rates = SystemRates(len(systems), RATES, grouped=grouped)

    def add(
        self,
        references: Sequence[str],
        candidates: Sequence[Sequence[Sequence[str]]],
        *,
        groups: Sequence[str] = (),
        lines: Sequence[int] | None = None,
        ids: Sequence[str] | None = None,
    ) -> None:
        """Add rows.

        Args:
            references: what is right.
            candidates: for each system what it read in each row, the best first; an empty sequence for nothing.
            groups: of each row, where rows have groups.
            lines: of each row, to name it by; by default its place, from 1.
            ids: of each row, to name it by.
        """
        count = len(references)
        lines = range(self._rows + 1, self._rows + count + 1) if lines is None else lines
        denominators = {"rows": np.ones(count, dtype=np.int64)}
        numerators = []
        for tally, read in zip(self._tallies, candidates, strict=True):
            errors = measure(references, read, protocol=self._protocol)
            firsts = [one[0] if one else "" for one in read]
            sentences = measure_sentences(references, firsts, protocol=self._protocol)
            if len(self._different) < FEW_TEXTS:
                self._different.update(errors.references)
            denominators |= {"letters": errors.lengths, "words": sentences.words}
            numerators.append(
                {
                    "cer": errors.distances,
                    "wer": errors.wrong_at(1).astype(np.int64),
                    "wer_at_k": errors.wrong_at(self._k).astype(np.int64),
                    "sentence_wer": sentences.distances,
                }
            )
            tally.candidates = max(tally.candidates, max(map(len, read), default=0))
            tally.add(errors, sentences, lines, [""] * count if ids is None else ids)
        self._rates.add(denominators, numerators, groups)
        self._rows += count

    def report(self, *, seed: int = 42, resamples: int = RESAMPLES) -> WordReport:
        """What was found.

        Args:
            seed: of the bootstrap.
            resamples: how many samples it draws.

        Raises:
            UsageError: fewer than 100 samples, too few for a 95 % interval.
        """
        rates, pairs = self._rates.measure(seed=seed, resamples=resamples)
        candidates = max((tally.candidates for tally in self._tallies), default=0)
        return WordReport(
            rows=self._rows,
            protocol=self._protocol,
            k=max(1, min(self._k, candidates)),
            candidates=candidates,
            groups=self._rates.groups,
            different=len(self._different),
            systems=tuple(self._scores(place, one) for place, one in enumerate(rates)),
            pairs=pairs,
        )

    def _scores(self, place: int, rates: Mapping[str, Estimate]) -> SystemScores:
        tally = self._tallies[place]
        return SystemScores(
            name=self._systems[place],
            **rates,
            similarity=tally.similarity,
            edits=tally.edits.counts(),
            sentence_edits=tally.sentence_edits,
            by_length=tally.by_length,
            worst=tally.worst,
        )


def score_words(
    references: Sequence[str],
    predictions: Mapping[str, Sequence[str | Sequence[str]]],
    *,
    groups: Sequence[str] | None = None,
    protocol: ProtocolName = "exact",
    k: int = PROPOSALS,
    seed: int = 42,
    resamples: int = RESAMPLES,
) -> WordReport:
    """Score what one system or several read, with 95 % intervals and paired differences.

    Args:
        references: what is right, (n,): words or sentences.
        predictions: what each system read, by its name: n texts, or n lists of candidates, the best first.
        groups: of each row, as its writer or its page: groups are then resampled instead of rows.
        protocol: how texts are made comparable: ``exact``, ``nocase`` or ``alnum36``.
        k: how many candidates WER@k looks at.
        seed: of the bootstrap.
        resamples: how many samples it draws.

    Raises:
        DataError: there are no references, not as many predictions, or groups, as references, or something is no text.
        UsageError: there is no such protocol, k is below 1, or there are fewer than 100 resamples.
    """
    references = listed_texts(references, "`references`")
    candidates = candidate_lists(predictions, "references", len(references))
    together = None if groups is None else listed_texts(groups, "`groups`")
    if together is not None:
        check_rows(together, "`groups`", "references", len(references))
    check_protocol(protocol)
    scorer = WordScorer(tuple(predictions), protocol=protocol, k=k, grouped=groups is not None)
    scorer.add(references, candidates, groups=together or ())
    return scorer.report(seed=seed, resamples=resamples)
