"""Confidences that mean something: fit the temperature that the logits of every letter are divided by.

Guo et al. 2017, On Calibration of Modern Neural Networks (arXiv:1706.04599), section 4.2. One number is fitted on words
kept apart from training, and kept in the checkpoint's header; :mod:`dlhw.ocr.decoding.logits_processors` applies it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from dlhw.learning.parallel import ALONE, Ranks
from dlhw.ocr.alphabet import END, START
from dlhw.ocr.data import Words
from dlhw.ocr.decoding.interface import (
    Candidate,
    MemoryT,
    StateT,
    StepNetwork,
    greatest_length,
    log_probabilities,
)
from dlhw.ocr.recognizer import Recognizer, reading_batches

COLDEST, HOTTEST = 0.2, 5.0
"""Where a temperature is looked for."""

PRECISION = 1e-3
"""Of the temperature's logarithm."""

SURE = 1e-6
"""No confidence is nearer to 0 or 1 than this while fitting: a single word shall not decide alone."""

GOLDEN = (math.sqrt(5) - 1) / 2


@dataclass(frozen=True, kw_only=True)
class GreedyReadings:
    """Words read greedily, with all that the network said of each letter at temperature 1."""

    texts: list[str]
    """(N,)"""

    logits: list[Tensor]
    """(Lᵢ, V) of each text: a row a letter, and one of its end mark."""

    tokens: list[Tensor]
    """(Lᵢ,) of each text: its letters and the end mark, also where the greatest length ended it."""

    def rows(self) -> Iterator[tuple[str, Tensor, Tensor]]:
        """Text, logits and tokens of each word."""
        return zip(self.texts, self.logits, self.tokens, strict=True)

    def temperature(self, references: Sequence[str]) -> float:
        """The temperature that fits these readings of (N,) references, in which case and punctuation count."""
        correct = [text == reference for text, reference in zip(self.texts, references, strict=True)]
        return fit_temperature(self.logits, correct, tokens=self.tokens)


def read_greedily(recognizer: Recognizer, words: Words, *, ranks: Ranks = ALONE) -> GreedyReadings:
    """Read words as ``BeamSearch(width=1)`` does, and keep the logits. The recogniser's temperature does not matter.

    A text may become as long as the longest reference: see :func:`dlhw.ocr.decoding.interface.greatest_length`.
    Several ranks read every so many of the batches each: the same batches, and so the same logits, as one process.
    """
    if ranks.size > 1:
        return _read_shared(recognizer, words, ranks)
    return _read(recognizer, words, greatest_length(words.texts))


def _read_shared(recognizer: Recognizer, words: Words, ranks: Ranks) -> GreedyReadings:
    batches = reading_batches(words)
    ours = [int(index) for number in ranks.share(len(batches)) for index in batches[number]]
    found = _read(recognizer, words.select(ours), greatest_length(words.texts))
    said = [(text, logits.numpy(), tokens.numpy()) for text, logits, tokens in found.rows()]
    rows = {index: row for part in ranks.gather(list(zip(ours, said, strict=True))) for index, row in part}
    return GreedyReadings(
        texts=[rows[index][0] for index in range(len(words))],
        logits=[torch.from_numpy(rows[index][1]) for index in range(len(words))],
        tokens=[torch.from_numpy(rows[index][2]) for index in range(len(words))],
    )


def _read(recognizer: Recognizer, words: Words, longest: int) -> GreedyReadings:
    steps = _GreedySteps(longest)
    found = replace(recognizer, temperature=1.0).read(words, steps)
    return GreedyReadings(
        texts=[candidates[0].text for candidates in found],
        logits=[steps.logits[index] for index in range(len(words))],
        tokens=[steps.tokens[index] for index in range(len(words))],
    )


def calibrated_temperature(recognizer: Recognizer, words: Words) -> float:
    """The temperature that fits a recogniser best on words that it did not learn from; its own does not matter.

    Args:
        recognizer: whose confidences shall mean something.
        words: with their texts, in which case and punctuation count.
    """
    return read_greedily(recognizer, words).temperature(words.texts)


def fit_temperature(
    logits: Sequence[Tensor], correct: Sequence[bool], *, tokens: Sequence[Tensor] | None = None
) -> float:
    """The temperature under which words are right as often as their confidences say: least negative log-likelihood.

    What is minimised is −mean(log p over right words, log(1 − p) over wrong ones), p being the probability of the
    greedy text, which is the same text under every temperature. By golden-section search over log T.

    Args:
        logits: of N greedy texts, what the network said at each step, that of the end mark counted: (Lᵢ, V) each.
        correct: whether each text is exactly right, (N,).
        tokens: what was written at each step, (Lᵢ,) each. Where the greatest length ended a text, its last one is the
            end mark, which is not the likeliest. By default the likeliest of each step.

    Returns:
        A temperature from 0.2 to 5; 1 where there are no words, or all or none of them is right, which says nothing
        of the size of a confidence.
    """
    right = torch.tensor(correct, dtype=torch.bool)  # (N,)
    if not right.any() or right.all():
        return 1.0
    steps = log_probabilities(torch.cat(list(logits)))  # (M, V), M = Σ Lᵢ
    written = steps.argmax(dim=-1) if tokens is None else torch.cat(list(tokens))  # (M,)
    owners = torch.arange(len(logits)).repeat_interleave(torch.tensor([len(one) for one in logits]))  # (M,)

    def loss(log_temperature: float) -> float:
        tempered = (steps / math.exp(log_temperature)).log_softmax(dim=-1)  # (M, V)
        letters = tempered.gather(1, written[:, None])[:, 0].double()  # (M,)
        p = torch.zeros(len(right), dtype=torch.float64).index_add(0, owners, letters).exp().clamp(SURE, 1 - SURE)
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
    """A decoder that takes the likeliest token at every step and keeps all logits, by the image's index."""

    def __init__(self, max_length: int) -> None:
        self._max_length = max_length
        self.logits: dict[int, Tensor] = {}
        self.tokens: dict[int, Tensor] = {}

    @torch.inference_mode()
    def decode(
        self,
        network: StepNetwork[MemoryT, StateT],
        memory: MemoryT,
        *,
        indices: Sequence[int] | None = None,
        attention: bool = False,
    ) -> list[list[Candidate]]:
        """Read a batch of images; see ``Decoder``."""
        batch = len(memory.mask)
        state = network.begin(memory)
        tokens = torch.full((batch, 1), START, device=memory.mask.device)
        ended = torch.zeros_like(tokens, dtype=torch.bool)
        said, written = [], []
        for characters in range(self._max_length + 1):
            logits, state, _ = network.step(tokens, state, memory)
            tokens = log_probabilities(logits).argmax(dim=-1)  # (B, 1)
            cut = ~ended & (tokens != END)  # (B, 1)
            if characters == self._max_length:  # where the end is all that may follow, at its own probability
                tokens = torch.full_like(tokens, END)
            said.append(logits[:, 0].float().cpu())
            written.append(tokens)
            ended |= tokens == END
            if ended.all():
                break
        logits = torch.stack(said, dim=1)  # (B, L, V)
        found = []
        texts = torch.cat(written, dim=1).cpu()  # (B, L), an end mark in each row
        for row, text in enumerate(texts.tolist()):
            length, place = text.index(END), row if indices is None else indices[row]
            self.logits[place], self.tokens[place] = logits[row, : length + 1], texts[row, : length + 1]
            candidate = Candidate(tokens=tuple(text[:length]), log_probability=0.0, truncated=bool(cut[row]))
            found.append([candidate])
        return found
