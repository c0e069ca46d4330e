"""Fit how scores become probabilities, so that a confidence of 0.9 is right nine times of ten."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dlhw.ocr.data import Words
from dlhw.ocr.decoding.beam import BeamSearch
from dlhw.ocr.decoding.interface import greatest_length
from dlhw.ocr.evaluation import BEAM
from dlhw.ocr.prior.words import Prior
from dlhw.ocr.recognizer import Recognizer
from dlhw.ocr.second_look.reader import Looks, Method, Rereader
from dlhw.ocr.second_look.settings import Calibrations
from dlhw.ocr.second_look.weighing import Calibration, scores

STEPS = 50
RIDGE = 1e-3
"""Pulls both numbers towards where they start; matters only where words are few or all right."""

SMALLEST = 0.05
"""Of the scale."""

START = Calibration(scale=1.0, nothing=-4.0)


def fit_calibration(scored: Sequence[Sequence[float]], right: Sequence[int | None]) -> Calibration:
    """The calibration under which what is right is likeliest: maximum likelihood, by Newton's method.

    The logarithm of the likelihood is concave in (a, b), as of every log-linear model, so there is one best.

    Args:
        scored: the scores of each word's candidates, N words.
        right: which of them is right, ``None`` where none is.
    """
    start = np.array([START.scale, START.nothing])
    parameters = start.copy()
    padded = _padded(scored)  # (N, K + 1), the last column being "none of them"
    chosen = np.array([padded.shape[1] - 1 if one is None else one for one in right], dtype=np.intp)
    for _ in range(STEPS):
        slope, curvature = _derivatives(parameters, padded, chosen)
        slope -= RIDGE * (parameters - start)
        step = np.linalg.solve(curvature + RIDGE * np.eye(2), slope)
        length = min(1.0, 2.0 / float(np.abs(step).max(initial=1e-9)))  # far from the best a whole step may overshoot
        parameters += length * step
        parameters[0] = max(parameters[0], SMALLEST)
        if np.abs(step).max() < 1e-9:
            break
    return Calibration(scale=float(parameters[0]), nothing=float(parameters[1]))


def _padded(scored: Sequence[Sequence[float]]) -> NDArray[np.float64]:
    padded = np.full((len(scored), max(map(len, scored), default=0) + 1), -np.inf)
    for row, values in enumerate(scored):
        padded[row, : len(values)] = values
    return padded


def _derivatives(
    parameters: NDArray[np.float64], padded: NDArray[np.float64], chosen: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The mean slope (2,) of the log-likelihood, and its mean curvature (2, 2) with the sign turned."""
    if not len(padded):
        return np.zeros(2), np.zeros((2, 2))
    there = np.isfinite(padded)
    logits = np.where(there, parameters[0] * np.where(there, padded, 0.0), -np.inf)
    logits[:, -1] = parameters[1]
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    features = np.zeros((*padded.shape, 2))  # of a candidate (s, 0), of "none of them" (0, 1)
    features[..., 0] = np.where(there, padded, 0.0)
    features[:, -1, 1] = 1.0
    means = np.einsum("nk,nkf->nf", p, features)
    slope = (features[np.arange(len(padded)), chosen] - means).mean(axis=0)
    curvature = np.einsum("nk,nkf,nkg->fg", p, features, features) - means.T @ means
    return slope, curvature / len(padded)


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
