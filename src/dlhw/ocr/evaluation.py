"""Read a set of words and say how well that went."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dlhw.errors import UsageError
from dlhw.images.pool import Track
from dlhw.learning.intervals import Estimate
from dlhw.ocr.data import Words
from dlhw.ocr.decoding.beam import BeamSearch
from dlhw.ocr.decoding.interface import LONGEST, greatest_length
from dlhw.ocr.decoding.nucleus import NucleusSampling
from dlhw.ocr.reads import Reads
from dlhw.ocr.recognizer import Reading, texts
from dlhw.ocr.scoring.protocols import ProtocolName
from dlhw.ocr.scoring.scores import Scores, WordErrors, measure, score
from dlhw.plurals import counted

SEEDS = 5
"""How often words are sampled, so that chance can be distinguished from skill."""

CONFUSIONS_AT_MOST = 100
BEAM = 3
"""The homework's three proposals."""


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """What was read in a set of words, and how well."""

    names: tuple[str, ...]
    """Of the images: first those that were read, then those that could not be."""

    references: tuple[str, ...]
    """As they are written."""

    readings: list[list[Reading]]
    """The candidates of each word, the best first; none for an image that could not be read."""

    errors: WordErrors
    scores: Scores
    words: Words
    decoder: BeamSearch | NucleusSampling
    """With the first seed, where it draws."""

    rates: list[dict[str, float | None]]
    """CER, WER and WER@k under each seed; one row where nothing is random."""

    words_per_second: float | None
    """While reading alone, from images in memory."""

    temperature: float
    """What the reader's logits are divided by before anything else; a decoder's own temperature comes on top."""

    def __repr__(self) -> str:
        cer, wer = ("–" if one.value is None else f"{one.value:.4f}" for one in (self.scores.cer, self.scores.wer))
        return f"Evaluation({counted(self.scores.words, 'word')}, CER {cer}, WER {wer})"


def choose_decoder(
    *, beam: int | None, top_p: float | None, temperature: float | None, samples: int | None, seed: int
) -> BeamSearch | NucleusSampling:
    """The decoder that options ask for: nucleus sampling where ``top_p`` is given, else beam search.

    Raises:
        UsageError: they exclude each other, or are out of range.
    """
    if top_p is None:
        for name, value in (("temperature", temperature), ("samples", samples)):
            if value is not None:
                raise UsageError(f"`{name}` belongs to sampling, which `top_p` asks for", "add `top_p` 0.9")
        return BeamSearch(width=BEAM if beam is None else beam)
    if beam is not None:
        raise UsageError("`beam` searches and `top_p` draws at random", "give one of the two")
    given = {"temperature": temperature, "samples": samples}
    chosen: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    return NucleusSampling(top_p=top_p, seed=seed, **chosen)


def evaluate(
    recognizer: Reads,
    words: Words,
    decoder: BeamSearch | NucleusSampling,
    *,
    protocol: ProtocolName = "exact",
    seed: int = 42,
    seeds: int = SEEDS,
    track: Track = lambda items, _: items,
) -> Evaluation:
    """Read words and score them. Images that cannot be read count as missed.

    Args:
        recognizer: what reads.
        words: with their texts.
        decoder: how it searches. A text may become as long as the longest reference, and as one that is read
            alone, whatever the decoder says.
        protocol: how texts are compared.
        seed: of the bootstrap.
        seeds: how often to sample, each time with the next seed. What is said of single words is of the first.
        track: wraps the batches that are being read.
    """
    references = (*words.texts, *(word.text for word in words.unreadable))
    decoder = replace(decoder, max_length=max(decoder.max_length, LONGEST, greatest_length(references)))
    k = decoder.width if isinstance(decoder, BeamSearch) else decoder.samples
    first: list[list[Reading]] | None = None
    errors: list[WordErrors] = []
    seconds = 0.0
    for each in _repeated(decoder, seeds):
        started = time.perf_counter()
        read = recognizer.read(words, each, track=track)
        seconds += time.perf_counter() - started
        read += [[] for _ in words.unreadable]
        errors.append(measure(references, texts(read), protocol=protocol))
        first = first or read
    readings = first or []
    scores = score(
        references,
        texts(readings),
        k=k,
        protocol=protocol,
        confidences=[confidence(found) for found in readings],
        alphabet=recognizer.alphabet,
        seed=seed,
    )
    return Evaluation(
        names=(*words.names, *(word.name for word in words.unreadable)),
        references=references,
        readings=readings,
        errors=errors[0],
        scores=scores,
        words=words,
        decoder=decoder,
        rates=[{"cer": one.cer, "wer": one.wer, "wer_at_k": one.wer_at(k)} for one in errors],
        words_per_second=len(words) * len(errors) / seconds if len(words) else None,
        temperature=recognizer.temperature,
    )


def confidence(candidates: Sequence[Reading]) -> float:
    """The probability of the first candidate, tempered as all are; 0 where there is none."""
    # Rounding may lift the logarithm of a sure thing above 0.
    return min(1.0, math.exp(candidates[0].log_probability)) if candidates else 0.0


def as_document(evaluation: Evaluation) -> dict[str, Any]:
    """The keys of ``dlhw ocr eval`` that are about reading: plain values."""
    scores = evaluation.scores
    calibration = scores.calibration
    assert calibration is not None  # confidences were given
    return {
        "words": scores.words,
        "unreadable": [{"image": word.name, "reason": word.reason} for word in evaluation.words.unreadable],
        "protocol": scores.protocol,
        "decoder": describe_decoder(evaluation),
        "cer": rate_document(scores.cer),
        "wer": rate_document(scores.wer),
        "wer_at_k": {"k": scores.k, **rate_document(scores.wer_at_k)},
        "over_seeds": over_seeds(evaluation.rates),
        "normalized_edit_similarity": scores.similarity,
        "edits": {
            "substitutions": scores.edits.substitutions,
            "insertions": scores.edits.insertions,
            "deletions": scores.edits.deletions,
        },
        "by_length": [vars(row).copy() for row in scores.by_length],
        "words_per_second": evaluation.words_per_second,
        "truncated": sum(found[0].truncated for found in evaluation.readings if found),
        "calibration": {"ece": calibration.error, "bins": [vars(row).copy() for row in calibration.bins]},
        "confusions": [
            {**vars(one), "of": scores.edits.occurrences.get(one.reference)}
            for one in scores.edits.confusions[:CONFUSIONS_AT_MOST]
        ],
        "worst": [
            {
                "image": evaluation.names[word.index],
                "reference": word.reference,
                "text": word.text,
                "distance": word.distance,
            }
            for word in scores.worst
        ],
        "unknown_characters": scores.unknown,
        "warnings": list(scores.warnings),
    }


def describe_decoder(evaluation: Evaluation) -> dict[str, Any]:
    """The decoder by its name and its values."""
    decoder = evaluation.decoder
    if isinstance(decoder, BeamSearch):
        return {"name": "beam", "width": decoder.width, "max_length": decoder.max_length}
    return {
        "name": "nucleus",
        "top_p": decoder.top_p,
        "temperature": decoder.temperature,
        "calibrated_temperature": evaluation.temperature,
        "temperature_in_force": decoder.temperature * evaluation.temperature,
        "samples": decoder.samples,
        "seeds": [decoder.seed + place for place in range(len(evaluation.rates))],
        "max_length": decoder.max_length,
    }


def over_seeds(rates: Sequence[Mapping[str, float | None]]) -> dict[str, Any] | None:
    """Mean and standard deviation (n − 1) of each rate over the seeds; ``None`` where nothing is random."""
    if len(rates) < 2:
        return None
    rows: dict[str, Any] = {}
    for name in rates[0]:
        values = [rate[name] for rate in rates]
        known = [value for value in values if value is not None]
        rows[name] = (
            {"mean": statistics.fmean(known), "deviation": statistics.stdev(known)}
            if len(known) == len(values)
            else {"mean": None, "deviation": None}
        )
    return rows


def rate_document(estimate: Estimate) -> dict[str, float | None]:
    """A rate with its interval, as plain values."""
    return {"value": estimate.value, "low": estimate.low, "high": estimate.high}


def _repeated(decoder: BeamSearch | NucleusSampling, seeds: int) -> Sequence[BeamSearch | NucleusSampling]:
    if isinstance(decoder, BeamSearch) or decoder.temperature == 0:
        return [decoder]
    return [replace(decoder, seed=(decoder.seed + place) % 2**32) for place in range(seeds)]
