"""The way each hypothesis came about, kept as pointers to the step before.

To carry whole histories along, every step would have to copy them, attention and all. Pointers are written once and
followed backwards once, for the texts that are handed out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from dlhw.ocr.alphabet import END
from dlhw.ocr.decoding.interface import Candidate


class Step(NamedTuple):
    """The C hypotheses of each of b images at one step, all with the same number of characters."""

    rows: Tensor
    """Which images of the batch they are, (b,)."""

    tokens: Tensor
    """The token that each hypothesis added last, (b, C)."""

    parents: Tensor
    """Which hypothesis of the step before it was added to, (b, C)."""

    ended: Tensor
    """log P of the text if it ends here, (b, C)."""

    likeliest: Tensor
    """The token that the network would rather see next, (b, C)."""

    attention: Tensor | None
    """Where the network looked before it said what comes next, (b, C, T)."""


@dataclass(frozen=True, kw_only=True)
class Traced:
    """A candidate, and whether it took the likeliest token at every step."""

    candidate: Candidate
    greedy: bool


class Trellis:
    """All steps of a batch's search, the one without any character first.

    Args:
        batch: B, how many images the search began with.
        width: K, the most hypotheses that an image has at any step.
        max_length: how many characters a text has at most.
    """

    def __init__(self, batch: int, width: int, max_length: int) -> None:
        self.batch = batch
        self.width = width
        self.max_length = max_length
        self.steps: list[Step] = []

    def trace(self, places: Tensor, valid: Tensor, extents: Tensor) -> list[list[Traced]]:
        """Follow finished texts back to their beginnings.

        Args:
            places: where each text ended, as characters · K + hypothesis, (B, K).
            valid: which of the places are texts at all, (B, K).
            extents: how many of the T places are each image's own, (B,).

        Returns:
            For each image its texts, in the order of the places.
        """
        lengths, slots = np.divmod(_numpy(places), self.width)  # (B, K)
        batch = np.arange(self.batch)[:, None]
        tokens, parents = self._stacked(lambda step: step.tokens), self._stacked(lambda step: step.parents)
        likeliest, ended = self._stacked(lambda step: step.likeliest), self._stacked(lambda step: step.ended)
        log_probabilities = ended[lengths, batch, slots]
        wants_end, forced = likeliest[lengths, batch, slots] == END, lengths == self.max_length
        greedy = wants_end | forced
        texts = np.zeros((*lengths.shape, len(self.steps)), dtype=np.int64)  # (B, K, L)
        paths = np.zeros_like(texts)  # the hypothesis that each character was added to
        for characters in range(len(self.steps) - 1, 0, -1):
            inside = lengths >= characters
            token = tokens[characters, batch, slots]
            slots = np.where(inside, parents[characters, batch, slots], slots)
            greedy &= ~inside | (likeliest[characters - 1, batch, slots] == token)
            texts[:, :, characters - 1] = token
            paths[:, :, characters - 1] = slots
        looked = self._stacked(lambda step: step.attention) if self.steps[0].attention is not None else None
        kept, columns = _numpy(valid), _numpy(extents)

        def attention(row: int, k: int, length: int) -> NDArray[np.float32] | None:
            if looked is None:
                return None
            return looked[np.arange(length), row, paths[row, k, :length], : columns[row]]

        traced: list[list[Traced]] = [[] for _ in range(self.batch)]
        # Plain numbers at once: to take them out of arrays one by one would cost more than all the steps above.
        for row, k, length, text, log_probability, truncated, taken in zip(
            *(axis.tolist() for axis in np.nonzero(kept)),
            lengths[kept].tolist(),
            texts[kept].tolist(),
            log_probabilities[kept].tolist(),
            (forced & ~wants_end)[kept].tolist(),
            greedy[kept].tolist(),
            strict=True,
        ):
            candidate = Candidate(
                tokens=tuple(text[:length]),
                log_probability=log_probability,
                truncated=truncated,
                attention=attention(row, k, length),
            )
            traced[row].append(Traced(candidate=candidate, greedy=taken))
        return traced

    def _stacked(self, part: Callable[[Step], Tensor | None]) -> NDArray[Any]:
        """One part of all steps for the whole batch, (steps, B, K, …); what a step lacks is zero."""
        parts = [(_numpy(step.rows), _numpy(tensor)) for step in self.steps if (tensor := part(step)) is not None]
        shape = (len(parts), self.batch, self.width, *parts[0][1].shape[2:])
        stacked = np.zeros(shape, dtype=parts[0][1].dtype)
        for layer, (rows, values) in zip(stacked, parts, strict=True):
            layer[rows, : values.shape[1]] = values
        return stacked


def _numpy(tensor: Tensor) -> NDArray[Any]:
    # NumPy has no bfloat16, in which attention comes under autocast.
    return (tensor.float() if tensor.is_floating_point() else tensor).cpu().numpy()
