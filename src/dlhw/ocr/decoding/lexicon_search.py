"""Search among the texts of a list, by the probabilities that the network gives them among all texts.

The texts form a tree of beginnings. Some characters may stand anywhere between theirs, such as marks that a list of
words leaves out. The K likeliest beginnings of each length are followed, as in
:mod:`dlhw.ocr.decoding.beam`, but only along the tree. Nothing is renormalised within it: else a beginning with one
continuation would cost nothing, whatever the image shows.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterable, Sequence

import torch
from torch import Tensor

from dlhw.ocr.alphabet import END, PAD, START
from dlhw.ocr.decoding.interface import (
    Candidate,
    MemoryT,
    StateT,
    StepNetwork,
    log_probabilities,
    not_a_number,
    select_hypotheses,
    select_images,
)
from dlhw.ocr.decoding.teacher_forcing import TeacherForced

NOWHERE = 0
"""The place behind an end, or off the tree."""

ROOT = 1

SKIPPED_AT_MOST = 8
"""Characters that do not matter, in one text."""


class Trie:
    """The beginnings of some texts: an edge for each letter that may follow, and for each end.

    Args:
        texts: the characters' numbers of each, without ``END``.
        alphabet_size: V
        skipped: characters that may stand anywhere else as well, and do not matter there.
    """

    def __init__(
        self, texts: Iterable[Sequence[int]], alphabet_size: int, *, skipped: Collection[int] = frozenset()
    ) -> None:
        edges: dict[int, int] = {}
        places = ROOT
        self.depth = 0
        """Characters of the longest text."""
        for text in texts:
            place = ROOT
            for token in text:
                key = place * alphabet_size + token
                if key not in edges:
                    places += 1
                    edges[key] = places
                place = edges[key]
            edges[place * alphabet_size + END] = NOWHERE
            self.depth = max(self.depth, len(text))
        self._size = alphabet_size
        self._edges = edges
        self._skipped = torch.zeros(alphabet_size, dtype=torch.bool)
        self._skipped[list(skipped)] = True
        self._keys = torch.tensor(sorted(edges), dtype=torch.int64)  # (E,) place · V + token
        self._targets = torch.tensor([edges[key] for key in self._keys.tolist()], dtype=torch.int64)

    def next_places(self, places: Tensor) -> tuple[Tensor, Tensor]:
        """Where each token leads from some places, and whether it may follow: (B, K) → (B, K, V) each."""
        keys, targets = self._keys.to(places.device), self._targets.to(places.device)
        wanted = places[:, :, None] * self._size + torch.arange(self._size, device=places.device)
        at = torch.searchsorted(keys, wanted).clamp_max(len(keys) - 1)
        on_trie = keys[at] == wanted
        staying = ~on_trie & self._skipped.to(places.device) & (places != NOWHERE)[:, :, None]
        found = torch.where(on_trie, targets[at], torch.where(staying, places[:, :, None], NOWHERE))
        return found, on_trie | staying

    @property
    def skips(self) -> bool:
        """Whether any character may be skipped."""
        return bool(self._skipped.any())

    def strict(self) -> Trie:
        """The same tree, on which no character may be skipped."""
        other = copy.copy(self)
        other._skipped = torch.zeros_like(self._skipped)
        return other

    def followed(self, text: Sequence[int]) -> tuple[int, ...]:
        """Of a text that a search found, the characters that are on the tree."""
        place, kept = ROOT, []
        for token in text:
            key = place * self._size + token
            if key in self._edges:
                place = self._edges[key]
                kept.append(token)
        return tuple(kept)


class LexiconSearch:
    """A decoder that finds texts of a tree alone.

    Args:
        tree: of one text at least.
        width: how many beginnings are followed, and how many texts there are at most.
    """

    def __init__(self, tree: Trie, width: int) -> None:
        self._trie, self._width = tree, width

    @torch.inference_mode()
    def decode(
        self,
        network: StepNetwork[MemoryT, StateT],
        memory: MemoryT,
        *,
        indices: Sequence[int] | None = None,
        attention: bool = False,
    ) -> list[list[Candidate]]:
        """The likeliest texts of the list for each image, with log P(text | image) among all texts; see ``Decoder``."""
        batch, device = len(memory.mask), memory.mask.device
        state = network.begin(memory)
        tokens = torch.full((batch, 1), START, device=device)
        places = torch.full_like(tokens, ROOT)
        scores = torch.zeros(batch, 1, device=device)
        written = torch.zeros(batch, 1, 0, dtype=torch.int64, device=device)  # (B, K, L)
        finished: list[tuple[Tensor, Tensor]] = []  # scores (B, C) and texts (B, C, longest), padded
        longest = self._trie.depth + SKIPPED_AT_MOST
        for _ in range(longest + 1):
            logits, state, _ = network.step(tokens, state, memory)
            targets, there = self._trie.next_places(places)
            totals = (scores[:, :, None] + log_probabilities(logits)).masked_fill(~there, -torch.inf)  # (B, C, V)
            finished.append((totals[:, :, END].clone(), _padded(written, longest)))
            totals[:, :, END] = -torch.inf
            flat = totals.flatten(1)
            scores, chosen = flat.sort(dim=1, descending=True, stable=True)  # stable: the same in every batch
            scores, chosen = scores[:, : self._width], chosen[:, : self._width]
            if not self._goes_on(finished, scores):
                break
            parents, tokens = chosen // totals.shape[-1], chosen % totals.shape[-1]
            places = targets.flatten(1).gather(1, chosen)
            state = select_hypotheses(state, parents)
            written = written.gather(1, parents[:, :, None].expand(-1, -1, written.shape[2]))
            written = torch.cat([written, tokens[:, :, None]], dim=2)
        found = self._best(finished)
        # Beginnings of skipped characters alone may be the likeliest of each length, and crowd out all texts. Along the
        # tree itself every beginning ends in a text.
        nothing = [index for index, candidates in enumerate(found) if not candidates]
        if nothing and not self._trie.skips:
            raise not_a_number()
        if nothing:
            alone = LexiconSearch(self._trie.strict(), self._width)
            rows = select_images(memory, torch.tensor(nothing, device=device))
            for index, candidates in zip(nothing, alone.decode(network, rows), strict=True):
                found[index] = candidates
        if not attention:
            return found
        texts = [[candidate.tokens for candidate in candidates] for candidates in found]
        return TeacherForced(texts).decode(network, memory, attention=True)

    def _goes_on(self, finished: Sequence[tuple[Tensor, Tensor]], scores: Tensor) -> bool:
        """Whether a beginning may still become one of an image's best texts: its probability can only fall."""
        ends = torch.cat([values for values, _ in finished], dim=1)
        if ends.shape[1] < self._width:
            return bool((scores > -torch.inf).any())
        return bool((scores[:, 0] > ends.topk(self._width, dim=1).values[:, -1]).any())

    def _best(self, finished: Sequence[tuple[Tensor, Tensor]]) -> list[list[Candidate]]:
        scores, order = torch.cat([values for values, _ in finished], dim=1).sort(dim=1, descending=True, stable=True)
        texts = torch.cat([texts for _, texts in finished], dim=1)
        if scores.isnan().any():
            raise not_a_number()
        return [
            [
                Candidate(tokens=tuple(filter(None, text)), log_probability=score, truncated=False)
                for score, text in zip(row[: self._width].tolist(), texts[index, places].tolist(), strict=False)
                if score > float("-inf")
            ]
            for index, (row, places) in enumerate(zip(scores, order[:, : self._width], strict=True))
        ]


def _padded(written: Tensor, length: int) -> Tensor:
    return torch.nn.functional.pad(written, (0, length - written.shape[2]), value=PAD)
