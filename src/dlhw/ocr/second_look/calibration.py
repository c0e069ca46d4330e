"""Fit how scores become probabilities, so that a confidence of 0.9 is right nine times of ten."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dlhw.ocr.second_look.weighing import Calibration

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
