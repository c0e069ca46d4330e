"""What a second look and a prior over words bring, each alone and both, on the same readings of the same images."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dlhw.errors import UsageError
from dlhw.ocr.decoding.beam import BeamSearch
from dlhw.ocr.decoding.interface import Decoder
from dlhw.ocr.evaluation import Evaluation, confidence, rate_document
from dlhw.ocr.prior.frequencies import word_frequencies
from dlhw.ocr.prior.words import WordPrior
from dlhw.ocr.recognizer import texts
from dlhw.ocr.scoring.scores import score
from dlhw.ocr.second_look.reader import Method, Rereader

LANGUAGE = "en"
"""Of the words that a prior prefers where none is chosen."""


def check_comparable(decoder: Decoder) -> int:
    """How many candidates there are to weigh.

    Raises:
        UsageError: texts are not searched for by a beam of two or more.
    """
    if not isinstance(decoder, BeamSearch) or decoder.width == 1:
        raise UsageError("`methods` compares ways to weigh the candidates of a beam", "search with `beam` 3")
    return decoder.width


def compare_methods(reader: Rereader, evaluation: Evaluation, *, seed: int) -> list[dict[str, Any]]:
    """Plain reading, a second look, a prior, and both, as rows of a document.

    Args:
        reader: whose prior is measured; that of English words where it has none.
        evaluation: of the words, which are read once more, with all their views.
        seed: of the bootstrap.
    """
    decoder = evaluation.decoder
    width = check_comparable(decoder)
    language = reader.language or LANGUAGE
    prior = reader.method.prior or WordPrior(frequencies=word_frequencies(language))
    looking = replace(reader, method=Method(second_look=True, prior=prior))
    looks = looking.look(evaluation.words, decoder)
    rows = []
    for second_look, weighed in ((False, None), (True, None), (False, prior), (True, prior)):
        method = Method(second_look=second_look, prior=weighed)
        # What is read in parts is read so with each method, with that of the reader.
        readings = [
            read if read and read[0].parts > 1 else looking.choose(one, method)[:width]
            for one, read in zip(looks, evaluation.readings, strict=False)
        ]
        readings += [[] for _ in evaluation.words.unreadable]
        scores = score(
            evaluation.references,
            texts(readings),
            k=width,
            protocol=evaluation.scores.protocol,
            confidences=[confidence(found) for found in readings],
            alphabet=reader.alphabet,
            seed=seed,
        )
        calibration = scores.calibration
        rows.append(
            {
                "second_look": second_look,
                "prior": language if weighed else None,
                "cer": rate_document(scores.cer),
                "wer": rate_document(scores.wer),
                "wer_at_k": {"k": scores.k, **rate_document(scores.wer_at_k)},
                "ece": None if calibration is None else calibration.error,
            }
        )
    return rows
