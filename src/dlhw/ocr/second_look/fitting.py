"""Fit how scores become probabilities to a recogniser's readings of words that it did not learn from."""

from __future__ import annotations

from dlhw.ocr.data import Words
from dlhw.ocr.decoding.beam import BeamSearch
from dlhw.ocr.decoding.interface import greatest_length
from dlhw.ocr.evaluation import BEAM
from dlhw.ocr.prior.words import Prior
from dlhw.ocr.recognizer import Recognizer
from dlhw.ocr.second_look.calibration import fit_calibration
from dlhw.ocr.second_look.reader import Looks, Method, Rereader
from dlhw.ocr.second_look.settings import Calibrations
from dlhw.ocr.second_look.weighing import Calibration, scores


def fitted_calibrations(recognizer: Recognizer, words: Words, prior: Prior) -> Calibrations:
    """How scores become probabilities, for a second look, a prior, and both.

    Args:
        recognizer: whose temperature is fitted already.
        words: with their texts, in which case and punctuation count. Only those in doubt say anything.
        prior: of the words of the language.
    """
    decoder = BeamSearch(width=BEAM, max_length=greatest_length(words.texts))
    reader = Rereader(recognizer=recognizer, method=Method(second_look=True, prior=prior))
    looked = [(one, text) for one, text in zip(reader.look(words, decoder), words.texts, strict=True) if one.in_doubt]

    def fit(*, second_look: bool, weighed: Prior | None) -> Calibration:
        values, right = [], []
        for one, text in looked:
            pool = (one if second_look else Looks(first=one.first)).pool()
            scored = scores(pool, weighed)
            values.append(list(scored.values()))
            right.append(list(scored).index(text) if text in scored else None)
        return fit_calibration(values, right)

    return Calibrations(
        second_look=fit(second_look=True, weighed=None),
        prior=fit(second_look=False, weighed=prior),
        both=fit(second_look=True, weighed=prior),
    )
