"""Two recognisers on the same words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dlhw.learning.packaged import reference
from dlhw.ocr.evaluation import Evaluation, rate_document
from dlhw.ocr.scoring.scores import cer_difference, wer_difference
from dlhw.ocr.second_look.reader import Rereader


def compare(first: Evaluation, second: Evaluation, *, seed: int = 42) -> dict[str, Any]:
    """What the first recogniser gets wrong more often than the second, or less: rates of A minus rates of B.

    Args:
        first: A, on the same words as the second and under the same protocol.
        second: B.
        seed: of the bootstrap, which draws the same words for both.

    Raises:
        ValueError: the words differ.
    """
    k = first.scores.k
    return {
        "words": first.scores.words,
        "cer_difference": vars(cer_difference(first.errors, second.errors, seed=seed)).copy(),
        "wer_difference": vars(wer_difference(first.errors, second.errors, seed=seed)).copy(),
        "wer_at_k_difference": {"k": k, **vars(wer_difference(first.errors, second.errors, k=k, seed=seed))},
    }


def describe_system(checkpoint: Path, reader: Rereader, evaluation: Evaluation) -> dict[str, Any]:
    """One of the two: its weights, how its texts are chosen, and its own rates."""
    scores, chosen = evaluation.scores, reader.describe()
    return {
        "checkpoint": reference(checkpoint),
        "attention": reader.attends,
        "second_look": chosen["second_look"],
        "prior": chosen["prior"],
        "parameters": sum(parameter.numel() for parameter in reader.recognizer.network.parameters()),
        "cer": rate_document(scores.cer),
        "wer": rate_document(scores.wer),
        "wer_at_k": {"k": scores.k, **rate_document(scores.wer_at_k)},
        "words_per_second": evaluation.words_per_second,
    }
