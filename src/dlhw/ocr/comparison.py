"""Two recognisers on the same words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dlhw import __version__
from dlhw.learning.device import Compute
from dlhw.learning.packaged import reference
from dlhw.ocr.evaluation import Evaluation, describe_decoder, rate_document
from dlhw.ocr.evaluation_dataset import EvaluationDataset
from dlhw.ocr.scoring.protocols import ProtocolName
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


def comparison_document(
    *,
    seed: int,
    systems: Sequence[tuple[Path, Rereader, Evaluation]],
    measured: EvaluationDataset,
    protocol: ProtocolName,
    compute: Compute,
    seconds: float,
) -> dict[str, Any]:
    """The document of ``dlhw ocr compare``, which is also what :func:`dlhw.compare` returns.

    Args:
        seed: of the bootstrap.
        systems: A and B, of each its weights, what reads with them, and what it read.
        measured: the words.
        protocol: how texts were compared.
        compute: where.
        seconds: that it took.
    """
    (_, _, first), (_, _, second) = systems
    described = [describe_system(*system) for system in systems]
    return {
        "command": "ocr compare",
        "version": __version__,
        "seed": seed,
        "a": described[0],
        "b": described[1],
        "data": measured.describe(),
        "protocol": protocol,
        "decoder": describe_decoder(first),
        **compare(first, second, seed=seed),
        "warnings": [*measured.warnings, *first.scores.warnings],
        "device": compute.name,
        "threads": compute.threads,
        "seconds": round(seconds, 3),
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
