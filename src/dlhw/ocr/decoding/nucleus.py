"""Nucleus sampling: texts drawn at random from the likely ones (Holtzman et al. 2019, arXiv:1904.09751).

At every step the next token is drawn from the smallest set of likeliest tokens that together have probability p or
more, in proportion to their probabilities. A temperature is applied before: the set is taken of the distribution
softmax(log P / temperature).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from dlhw.errors import UsageError, check_at_least
from dlhw.learning.seeds import check_seed
from dlhw.ocr.alphabet import END, START
from dlhw.ocr.decoding.beam import BeamSearch
from dlhw.ocr.decoding.interface import (
    COMPACT_BELOW,
    MAX_LENGTH,
    Candidate,
    MemoryT,
    StateT,
    StepNetwork,
    log_probabilities,
    not_a_number,
    select_hypotheses,
    select_images,
)
from dlhw.ocr.decoding.trellis import Step, Trellis

TEMPERATURE_AT_MOST = 100.0

COLDEST = 1e-30
"""Temperatures above 0 and below this would divide by zero in float32; they are this one, which is as cold."""


@dataclass(frozen=True, kw_only=True)
class NucleusSampling:
    """Draw texts for a whole batch.

    An image's candidates are its distinct samples, ranked by log P(text): the probability that the network gives
    them, whatever p and the temperature made of it while drawing. What is drawn for an image depends on the seed and
    the image's index alone, not on its batch, and the first samples of many are those of few.

    Raises:
        UsageError: a value is out of range.
    """

    top_p: float = 0.9
    """1 draws from the whole distribution; the smaller, the more surely the likeliest token is taken."""

    temperature: float = 1.0
    """Below 1 likely tokens become likelier; 0 is greedy decoding."""

    samples: int = 3
    """Texts drawn for an image, and how many candidates there are at most."""

    seed: int = 42
    max_length: int = MAX_LENGTH
    """How many characters a text has at most."""

    def __post_init__(self) -> None:
        if not 0 < self.top_p <= 1:  # NaN is not
            raise UsageError(f"`top_p` must be above 0 and at most 1, got {self.top_p:g}")
        if not 0 <= self.temperature <= TEMPERATURE_AT_MOST:
            raise UsageError(
                f"`temperature` must be from 0 to {TEMPERATURE_AT_MOST:g}, got {self.temperature:g}",
                "1 leaves the network's probabilities as they are, 0 is greedy decoding",
            )
        check_at_least(1, samples=self.samples)
        if self.max_length < 1:
            raise UsageError(f"the greatest length of a text must be 1 or more, got {self.max_length}")
        check_seed(self.seed)

    @torch.inference_mode()
    def decode(
        self,
        network: StepNetwork[MemoryT, StateT],
        memory: MemoryT,
        *,
        indices: Sequence[int] | None = None,
        attention: bool = False,
    ) -> list[list[Candidate]]:
        """Read a batch of images; see ``Decoder``.

        Raises:
            ValueError: there are not as many indices as images.
        """
        if self.temperature == 0:
            return BeamSearch(width=1, max_length=self.max_length).decode(network, memory, attention=attention)
        extents = memory.mask.sum(dim=1)  # (B,)
        batch, device = len(extents), extents.device
        indices = range(batch) if indices is None else indices
        if len(indices) != batch:
            raise ValueError(f"each image needs its index; got {batch} images and {len(indices)} indices")
        if not batch:
            return []
        chances = self._chances(indices).to(device)  # (b, S, L)
        state = network.begin(memory)
        rows = torch.arange(batch, device=device)  # (b,) the images with unfinished samples
        tokens = torch.full((batch, 1), START, device=device)  # (b, C): all samples begin as one hypothesis
        parents = torch.zeros_like(tokens)
        scores = torch.zeros(batch, 1, device=device)  # (b, C) log P of each beginning
        places = torch.full((batch, self.samples), -1, device=device)  # (B, S) where the trellis has each text
        trellis = Trellis(batch, self.samples, self.max_length)
        for characters in range(self.max_length + 1):
            logits, state, looked = network.step(tokens, state, memory)
            log_p = log_probabilities(logits)  # (b, C, V)
            totals = log_p + scores[:, :, None]
            ended = totals[:, :, END].clone()
            trellis.steps.append(
                Step(rows, tokens, parents, ended, log_p.argmax(dim=-1), looked if attention else None)
            )
            # (b, S): each sample's hypothesis in this step; in the first there is but one.
            parents = torch.arange(self.samples, device=device).clamp_max(tokens.shape[1] - 1).expand(len(rows), -1)
            if characters < self.max_length:
                tokens = self._draw(log_p, chances[:, :, characters])  # (b, S)
            else:
                tokens = torch.full_like(parents, END)
            found = places[rows]
            found = torch.where((tokens == END) & (found < 0), characters * self.samples + parents, found)
            places[rows] = found
            remaining = (found < 0).any(dim=1).nonzero().flatten()
            if not len(remaining):
                break
            scores = totals.expand(-1, self.samples, -1).gather(2, tokens[:, :, None])[:, :, 0]
            state = select_hypotheses(state, parents)
            if len(remaining) < COMPACT_BELOW * len(rows):
                memory, state = select_images(memory, remaining), select_images(state, remaining)
                rows, tokens, parents, scores, chances = (
                    part[remaining] for part in (rows, tokens, parents, scores, chances)
                )
        texts = trellis.trace(places, places >= 0, extents)
        return [_ranked([text.candidate for text in drawn]) for drawn in texts]

    def _chances(self, indices: Sequence[int]) -> Tensor:
        """A number from [0, 1) for each sample and character, (B, S, L). NumPy draws the same on every device."""
        shape = (self.samples, self.max_length)
        drawn = [np.random.default_rng([self.seed, index]).random(shape, dtype=np.float32) for index in indices]
        return torch.from_numpy(np.stack(drawn))

    def _draw(self, log_p: Tensor, chances: Tensor) -> Tensor:
        """The next token of each sample. (b, C, V) and (b, S) → (b, S); C is S, or 1 where all samples are alike"""
        # Differences to the best, so that no temperature makes them overflow upwards.
        scaled = (log_p - log_p.amax(dim=-1, keepdim=True)) / max(self.temperature, COLDEST)
        # Stable, so that of equals the first comes first on every device.
        p, order = scaled.softmax(dim=-1).sort(dim=-1, descending=True, stable=True)
        if self.top_p < 1:  # sums of floats may stop short of 1
            # A token belongs to the nucleus if those before it do not have p yet: the one that crosses p is kept.
            p = p * (p.cumsum(dim=-1) - p < self.top_p)
        cumulative = p.cumsum(dim=-1)
        passed = cumulative <= chances[:, :, None] * cumulative[:, :, -1:]  # (b, S, V)
        # The likeliest is always kept; rounding never leads behind the last one.
        place = passed.sum(dim=-1).minimum((p > 0).sum(dim=-1) - 1).clamp_min(0)
        return order.expand(-1, self.samples, -1).gather(2, place[:, :, None])[:, :, 0]


def _ranked(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Each text once, the likeliest first."""
    if any(math.isnan(candidate.log_probability) for candidate in candidates):
        raise not_a_number()
    distinct = {candidate.tokens: candidate for candidate in reversed(candidates)}  # of equal texts the first
    return sorted(distinct.values(), key=lambda text: (-text.log_probability, text.tokens))
