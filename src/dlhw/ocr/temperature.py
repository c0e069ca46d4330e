"""Confidences that mean something: fit the temperature that the logits of every letter are divided by.

Guo et al. 2017, On Calibration of Modern Neural Networks (arXiv:1706.04599), section 4.2. One number is fitted on words
kept apart from training, and kept in the checkpoint's header; :mod:`dlhw.ocr.decoding.tempered` applies it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from dlhw.ocr.alphabet import END, START
from dlhw.ocr.data import Words
from dlhw.ocr.decoding.interface import (
    MAX_LENGTH,
    Candidate,
    MemoryT,
    StateT,
    StepNetwork,
    log_probabilities,
)
from dlhw.ocr.recognizer import Recognizer

COLDEST, HOTTEST = 0.2, 5.0
"""Where a temperature is looked for."""

PRECISION = 1e-3
"""Of the temperature's logarithm."""

SURE = 1e-6
"""No confidence is nearer to 0 or 1 than this while fitting: a single word shall not decide alone."""

GOLDEN = (math.sqrt(5) - 1) / 2


def calibrated_temperature(recognizer: Recognizer, words: Words) -> float:
    """The temperature that fits a recogniser best on words that it did not learn from; its own does not matter.

    Args:
        recognizer: whose confidences shall mean something.
        words: with their texts, in which case and punctuation count.
    """
    steps = _GreedySteps()
    found = replace(recognizer, temperature=1.0).read(words, steps)
    correct = [candidates[0].text == text for candidates, text in zip(found, words.texts, strict=True)]
    logits = [steps.logits[index] for index in range(len(words))]
    return fit_temperature(logits, correct)


def fit_temperature(logits: Sequence[Tensor], correct: Sequence[bool]) -> float:
    """The temperature under which words are right as often as their confidences say: least negative log-likelihood.

    What is minimised is −mean(log p over right words, log(1 − p) over wrong ones), p being the probability of the
    greedy text, which is the same text under every temperature. By golden-section search over log T.

    Args:
        logits: of N greedy texts, what the network said at each step, that of the end mark counted: (Lᵢ, V) each.
        correct: whether each text is exactly right, (N,).

    Returns:
        A temperature from 0.2 to 5; 1 where there are no words, or all or none of them is right, which says nothing
        of the size of a confidence.
    """
    right = torch.tensor(correct, dtype=torch.bool)  # (N,)
    if not right.any() or right.all():
        return 1.0
    steps = log_probabilities(torch.cat(list(logits)))  # (M, V), M = Σ Lᵢ
    owners = torch.arange(len(logits)).repeat_interleave(torch.tensor([len(one) for one in logits]))  # (M,)

    def loss(log_temperature: float) -> float:
        best = (steps / math.exp(log_temperature)).log_softmax(dim=-1).amax(dim=-1).double()  # (M,)
        p = torch.zeros(len(right), dtype=torch.float64).index_add(0, owners, best).exp().clamp(SURE, 1 - SURE)
        return -torch.where(right, p, 1 - p).log().mean().item()

    low, high = math.log(COLDEST), math.log(HOTTEST)
    first, second = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
    at_first, at_second = loss(first), loss(second)
    while high - low > PRECISION:
        if at_first < at_second:
            high, second, at_second = second, first, at_first
            first = high - GOLDEN * (high - low)
            at_first = loss(first)
        else:
            low, first, at_first = first, second, at_second
            second = low + GOLDEN * (high - low)
            at_second = loss(second)
    return math.exp((low + high) / 2)


class _GreedySteps:
    """A decoder that takes the likeliest token at every step and keeps all logits, by the picture's index."""

    def __init__(self) -> None:
        self.logits: dict[int, Tensor] = {}

    @torch.inference_mode()
    def decode(
        self,
        network: StepNetwork[MemoryT, StateT],
        memory: MemoryT,
        *,
        indices: Sequence[int] | None = None,
        attention: bool = False,
    ) -> list[list[Candidate]]:
        """Read a batch of pictures; see ``Decoder``."""
        batch = len(memory.mask)
        state = network.begin(memory)
        tokens = torch.full((batch, 1), START, device=memory.mask.device)
        ended = torch.zeros_like(tokens, dtype=torch.bool)
        said, written = [], []
        for _ in range(MAX_LENGTH + 1):
            logits, state, _ = network.step(tokens, state, memory)
            tokens = log_probabilities(logits).argmax(dim=-1)  # (B, 1)
            said.append(logits[:, 0].float().cpu())
            written.append(tokens)
            ended |= tokens == END
            if ended.all():
                break
        logits = torch.stack(said, dim=1)  # (B, L, V)
        found = []
        for row, text in enumerate(torch.cat(written, dim=1).tolist()):
            length = text.index(END) if END in text else len(text) - 1
            self.logits[row if indices is None else indices[row]] = logits[row, : length + 1]
            found.append([Candidate(tokens=tuple(text[:length]), log_probability=0.0, truncated=END not in text)])
        return found
