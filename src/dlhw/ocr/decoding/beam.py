"""Beam search: the likeliest texts, found by following the K likeliest beginnings at once.

Beginnings and finished texts are kept apart. At every step all K beginnings are continued by every character, and the
K likeliest continuations are the new beginnings. A beginning that ends instead joins the finished texts if it is among
the K likeliest continuations of that step; its score does not change any more, and the K best finished are kept.
An image is done when none of its beginnings can still become one of its K best texts, which is exact: a beginning's
probability can only fall. Beginnings are always compared at the same length, so that none is favoured for being short.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from dlhw.errors import UsageError, check_at_least, shown
from dlhw.ocr.alphabet import END, FIRST_CHARACTER, START
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
from dlhw.ocr.decoding.trellis import Step, Traced, Trellis

PENALTY_AT_MOST = 10.0
WIDTH_AT_MOST = 1000
"""Beyond, memory ends before the search does."""


@dataclass(frozen=True, kw_only=True)
class BeamSearch:
    """Beam search over a whole batch.

    With a length penalty of 0 texts are ranked by log P(text); otherwise by log P(text) / length^penalty, where the
    length counts ``END``, so that a penalty above 0 favours long texts. Width 1 is greedy decoding whatever the
    penalty: the likeliest token at every step, until it is ``END``.

    The greedy text is always among the candidates. Beam search may lose it on the way; then the images in question
    are read greedily as well, and it takes the place of the last candidate.

    Raises:
        UsageError: a value is out of range.
    """

    width: int = 3
    """How many beginnings are followed, and how many candidates there are at most."""

    max_length: int = MAX_LENGTH
    """How many characters a text has at most."""

    length_penalty: float = 0.0

    def __post_init__(self) -> None:
        check_at_least(1, "`beam` 1 is greedy decoding", beam=self.width)
        if self.width > WIDTH_AT_MOST:
            raise UsageError(
                f"`beam` must be {WIDTH_AT_MOST:,} at most, got {shown(self.width)}",
                "3 to 10 find what there is to find",
            )
        if self.max_length < 1:
            raise UsageError(f"the greatest length of a text must be 1 or more, got {self.max_length}")
        if not abs(self.length_penalty) <= PENALTY_AT_MOST:  # NaN is not
            raise UsageError(f"the length penalty must be from −10 to 10, got {self.length_penalty:g}")

    @torch.inference_mode()
    def decode(
        self,
        network: StepNetwork[MemoryT, StateT],
        memory: MemoryT,
        *,
        indices: Sequence[int] | None = None,
        attention: bool = False,
    ) -> list[list[Candidate]]:
        """Read a batch of images; see ``Decoder``. Nothing is random, so ``indices`` change nothing."""
        found = self._search(network, memory, attention=attention)
        candidates = [[text.candidate for text in texts] for texts in found]
        lost = [row for row, texts in enumerate(found) if not any(text.greedy for text in texts)]
        if lost and self.width > 1:
            greedy = BeamSearch(width=1, max_length=self.max_length)
            rows = torch.tensor(lost, device=memory.mask.device)
            texts = greedy.decode(network, select_images(memory, rows), attention=attention)
            for row, (text,) in zip(lost, texts, strict=True):
                candidates[row] = self._joined(candidates[row], text)
        return candidates

    def _joined(self, candidates: list[Candidate], greedy: Candidate) -> list[Candidate]:
        # Rounding can make two tokens change places between two searches, so the text may be there already.
        if any(candidate.tokens == greedy.tokens for candidate in candidates):
            return candidates
        kept = [*candidates[: self.width - 1], greedy]
        return sorted(kept, key=lambda text: text.log_probability / self._divisor(len(text.tokens)), reverse=True)

    def _divisor(self, characters: int) -> float:
        penalty = self.length_penalty if self.width > 1 else 0.0
        return float((characters + 1) ** penalty)

    def _best_divisor(self, characters: int) -> float:
        """The divisor that flatters a beginning of so many characters most, at whatever length it ends.

        A log-probability is negative, so that is the largest: the longest text's for a penalty above 0, that of a
        text that ends at once for one below.
        """
        return max(self._divisor(characters), self._divisor(self.max_length))

    def _search(self, network: StepNetwork[MemoryT, StateT], memory: MemoryT, *, attention: bool) -> list[list[Traced]]:
        extents = memory.mask.sum(dim=1)  # (B,)
        batch, device = len(extents), extents.device
        if not batch:
            return []
        state = network.begin(memory)
        tokens = torch.full((batch, 1), START, device=device)  # (b, C): one beginning an image, without a character
        parents = torch.zeros_like(tokens)
        scores = torch.zeros(batch, 1, device=device)  # (b, C) log P of each beginning
        finished = _Finished(batch, self.width, device)
        trellis = Trellis(batch, self.width, self.max_length)
        for characters in range(self.max_length + 1):
            logits, state, looked = network.step(tokens, state, memory)
            totals = log_probabilities(logits).add_(scores[:, :, None])  # (b, C, V)
            ended = totals[:, :, END].clone()  # (b, C)
            kept = looked if attention else None
            trellis.steps.append(Step(finished.rows, tokens, parents, ended, totals.argmax(dim=-1), kept))
            ranks = ended / self._divisor(characters)
            if characters == self.max_length:
                finished.add(ranks, characters)
                break
            scores, choices = _best(totals[:, :, FIRST_CHARACTER:].flatten(1), self.width)  # (b, K)
            # An end counts only if it is among the K likeliest continuations: else width 1 would not be greedy.
            rivals = _best(torch.cat([scores, ended], dim=1), self.width)[0]
            finished.add(ranks.masked_fill(ended < rivals[:, -1:], -torch.inf), characters)
            can_improve = finished.ranks[:, -1] < scores[:, 0] / self._best_divisor(characters + 1)  # (b,)
            parents = choices // (totals.shape[-1] - FIRST_CHARACTER)
            tokens = choices % (totals.shape[-1] - FIRST_CHARACTER) + FIRST_CHARACTER
            remaining = can_improve.nonzero().flatten()  # on a GPU the one synchronisation of a step
            if not len(remaining):
                break
            if len(remaining) < COMPACT_BELOW * len(scores):
                finished.keep(remaining)
                memory, state = select_images(memory, remaining), select_images(state, remaining)
                scores, tokens, parents = (part[remaining] for part in (scores, tokens, parents))
            state = select_hypotheses(state, parents)
        ranks, places = finished.everything()
        valid = ranks > -torch.inf  # NaN is not
        if not valid[:, 0].all():
            raise not_a_number()
        return trellis.trace(places, valid, extents)


class _Finished:
    """The K best finished texts of each image: how good they are, and where the trellis has them.

    Images that are done can be set aside, so that the rest is a smaller batch.
    """

    def __init__(self, batch: int, width: int, device: torch.device) -> None:
        self.rows = torch.arange(batch, device=device)
        """The images that are not set aside, (b,)."""

        self.ranks = torch.full((batch, width), -torch.inf, device=device)
        """log P(text) / length^penalty, falling, (b, K); −∞ where there is no text yet."""

        self._places = torch.zeros(batch, width, dtype=torch.int64, device=device)
        self._all_ranks, self._all_places = self.ranks.clone(), self._places.clone()

    def add(self, ranks: Tensor, characters: int) -> None:
        """Offer the texts of so many characters that a step's hypotheses are; (b, C), −∞ for none."""
        width = self.ranks.shape[1]
        places = torch.arange(characters * width, characters * width + ranks.shape[1], device=ranks.device)
        # Stable, so that of equals the first found stays: a done image's texts, and their order, change no more,
        # however long its batch mates keep it in the batch.
        self.ranks, order = torch.cat([self.ranks, ranks], dim=1).sort(dim=1, descending=True, stable=True)
        self.ranks, order = self.ranks[:, :width], order[:, :width]
        self._places = torch.cat([self._places, places.expand_as(ranks)], dim=1).gather(1, order)

    def keep(self, remaining: Tensor) -> None:
        """Set all but the remaining images aside."""
        self.everything()
        self.rows, self.ranks, self._places = (part[remaining] for part in (self.rows, self.ranks, self._places))

    def everything(self) -> tuple[Tensor, Tensor]:
        """Ranks and places of all images, (B, K) each."""
        self._all_ranks[self.rows], self._all_places[self.rows] = self.ranks, self._places
        return self._all_ranks, self._all_places


def _best(values: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The largest of each row, falling, and where they are; all of them where there are fewer than ``count``."""
    largest = values.topk(min(count, values.shape[1]), dim=1)
    return largest.values, largest.indices
