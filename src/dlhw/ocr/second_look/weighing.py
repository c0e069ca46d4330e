"""Weigh the candidates of one word: what several views say of them, and what is known of words.

The views' probabilities of a text are averaged, P̄(t) = Σ_v w_v P_v(t) / Σ_v w_v, a text that a view's search did not
find having none in it, and the image itself counting twice. A prior adds its weight: s(t) = log P̄(t) + r(t). From
these scores follows a probability for each candidate, with one more outcome, that none of them is right:
P(t) = exp(a·s(t)) / (exp(b) + Σ_u exp(a·s(u))). The two numbers a and b are fitted on words kept apart from training
(:mod:`dlhw.ocr.second_look.calibration`); the order of the candidates does not depend on them, as a > 0.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dlhw.ocr.prior.words import Prior

IMAGE_WEIGHT = 2.0
"""Of the image itself, where each view has 1."""

LEAST = 1e-12
"""Of a probability whose logarithm is taken."""


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """How scores become probabilities."""

    scale: float
    """a > 0"""

    nothing: float
    """b, the score that stands for texts that are not among the candidates; −∞ where there are none."""


def pooled(first: Mapping[str, float], others: Sequence[Mapping[str, float]] = ()) -> dict[str, float]:
    """The mean probability of each text over the image and its views.

    Args:
        first: log P of each candidate of the image itself.
        others: the same of each view.

    Returns:
        log P̄ of each text that any of them found.
    """
    if not others:
        return dict(first)
    summed: defaultdict[str, float] = defaultdict(float)
    for weight, found in ((IMAGE_WEIGHT, first), *((1.0, found) for found in others)):
        for text, log_probability in found.items():
            summed[text] += weight * math.exp(log_probability)
    total = IMAGE_WEIGHT + len(others)
    return {text: math.log(max(probability / total, LEAST)) for text, probability in summed.items()}


def scores(pool: Mapping[str, float], prior: Prior | None) -> dict[str, float]:
    """log P̄ of each text with the prior's weight added."""
    return {text: log_mean + (prior.log_weight(text) if prior else 0.0) for text, log_mean in pool.items()}


def posterior(scored: Mapping[str, float], calibration: Calibration) -> dict[str, float]:
    """log P of each text, the likeliest first; of equals the one that sorts first. They sum to 1 at most."""
    scaled = {text: calibration.scale * score for text, score in scored.items()}
    largest = max([calibration.nothing, *scaled.values()])
    total = math.exp(calibration.nothing - largest) + sum(math.exp(score - largest) for score in scaled.values())
    log_total = largest + math.log(total)
    ranked = sorted(scaled.items(), key=lambda item: (-item[1], item[0]))
    return {text: score - log_total for text, score in ranked}
