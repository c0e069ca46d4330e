"""Evaluation by subgroup: how well words of each kind are read, which shows where a recogniser is weak.

They are set in matplotlib's fonts from a fixed seed, so that they are the same for every recogniser and machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dlhw.learning.intervals import bootstrap_ratio, wilson
from dlhw.learning.parallel import ALONE, Ranks
from dlhw.ocr.data import DATA_SEED, Words
from dlhw.ocr.evaluation import Evaluation, rate_document
from dlhw.ocr.evaluation_dataset import EvaluationDataset
from dlhw.ocr.rendering.fonts import evaluation_fonts
from dlhw.ocr.rendering.kinds import DIAGNOSTIC, Kind, KindOfWords, is_rung
from dlhw.ocr.rendering.workers import Renderer
from dlhw.ocr.training_provenance import described_words
from dlhw.ocr.words.source import WordSource

WORDS, WORDS_A_RUNG = 200, 60
"""Words of a kind, and of each arc of the ladder."""


def words_of(kind: Kind) -> int:
    """How many words of this kind are read."""
    return WORDS_A_RUNG if is_rung(kind) else WORDS


def words_of_kinds(
    checkpoint: Path, *, processes: int = 1, kinds: Sequence[Kind] = DIAGNOSTIC, ranks: Ranks = ALONE
) -> tuple[EvaluationDataset, tuple[str, ...]]:
    """Render test words of each kind: of the language that a recogniser learnt, or of English where it learnt from
    others. Ranks share the rendering; all of them have all words in the end.

    Returns:
        The words, and the kind of each of them.

    Raises:
        CheckpointError: the checkpoint does not say which words it learnt from.
    """
    with ranks.agreed():
        source = WordSource.checked(described_words(checkpoint).get("language"))
        fonts = evaluation_fonts(source.characters)
    with Renderer(processes, ranks=ranks) as renderer:
        coming = [
            renderer.submit(
                KindOfWords(source=source, split="test", seed=DATA_SEED, fonts=fonts, kind=kind), 0, words_of(kind)
            )
            for kind in kinds
        ]
        words = Words.join([rendering.result() for rendering in coming])
    names = tuple(kind.name for kind in kinds for _ in range(words_of(kind)))
    measured = EvaluationDataset(
        words=words,
        source=f"rendered words of {len(kinds)} kinds, {source.name}",
        split="test",
        fonts={"test": len(fonts.faces), "hash": fonts.fonts_hash},
    )
    return measured, names


def kind_rows(evaluation: Evaluation, names: Sequence[str], *, seed: int) -> list[dict[str, Any]]:
    """Error rates of each kind: CER with its bootstrap interval over words, WER with Wilson's.

    Args:
        evaluation: of words of several kinds.
        names: the kind of each word.
        seed: of the bootstrap.
    """
    errors = evaluation.errors
    wrong = errors.wrong_at(1)
    rows = []
    for name in dict.fromkeys(names):
        members = np.array([one == name for one in names])
        cer = bootstrap_ratio(errors.distances[members], errors.lengths[members], seed=seed)
        wer = wilson(int(wrong[members].sum()), int(members.sum()))
        rows.append({"kind": name, "words": int(members.sum()), "cer": rate_document(cer), "wer": rate_document(wer)})
    return rows
