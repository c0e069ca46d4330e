"""A network that can write some of its characters alone, for a decoder to search with.

The other characters' logits are −∞ before the softmax, so that what is left is renormalised at every letter: no decoder
finds a text with one of them, and the probabilities of all texts without them sum to 1.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic

import torch
from torch import Tensor

from dlhw.ocr.alphabet import FIRST_CHARACTER
from dlhw.ocr.decoding.interface import MemoryT_contra, StateT, StepNetwork


class CharacterConstrained(Generic[MemoryT_contra, StateT]):
    """The network without what is not allowed.

    Args:
        network: whose logits are masked.
        tokens: the numbers of the characters that are allowed. A text may always end.
    """

    def __init__(self, network: StepNetwork[MemoryT_contra, StateT], tokens: Iterable[int]) -> None:
        self._network, self._tokens = network, sorted(tokens)

    def begin(self, memory: MemoryT_contra, /) -> StateT:
        """As the network's own."""
        return self._network.begin(memory)

    def step(self, tokens: Tensor, state: StateT, memory: MemoryT_contra, /) -> tuple[Tensor, StateT, Tensor]:
        """As the network's own, with masked logits in float32."""
        logits, state, looked = self._network.step(tokens, state, memory)
        logits = logits.float()
        masked = torch.full_like(logits, -torch.inf)
        masked[..., :FIRST_CHARACTER] = logits[..., :FIRST_CHARACTER]
        masked[..., self._tokens] = logits[..., self._tokens]
        return masked, state, looked
