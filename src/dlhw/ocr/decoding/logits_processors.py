"""Networks whose logits are changed at each step, for a decoder to search with.

The change acts on the logits, and not on a finished word's log-probability, so that the probabilities of all texts that
can still be written sum to 1.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Generic

import torch
from torch import Tensor

from dlhw.ocr.alphabet import FIRST_CHARACTER
from dlhw.ocr.decoding.interface import MemoryT_contra, StateT, StepNetwork


class _Processed(ABC, Generic[MemoryT_contra, StateT]):
    """A network as :class:`~dlhw.ocr.decoding.interface.StepNetwork` whose logits are processed in float32."""

    def __init__(self, network: StepNetwork[MemoryT_contra, StateT]) -> None:
        self._network = network

    def begin(self, memory: MemoryT_contra, /) -> StateT:
        """As the network's own."""
        return self._network.begin(memory)

    def step(self, tokens: Tensor, state: StateT, memory: MemoryT_contra, /) -> tuple[Tensor, StateT, Tensor]:
        """As the network's own, with processed logits."""
        logits, state, looked = self._network.step(tokens, state, memory)
        return self._process(logits.float()), state, looked

    @abstractmethod
    def _process(self, logits: Tensor) -> Tensor:
        """(…, V) float32 → the same shape."""


class TemperatureScaled(_Processed[MemoryT_contra, StateT]):
    """The network with its logits divided by a temperature: below 1 it is surer of itself, above less sure.

    Which letter is the likeliest never changes, so greedy texts do not depend on the temperature.
    """

    def __init__(self, network: StepNetwork[MemoryT_contra, StateT], temperature: float) -> None:
        super().__init__(network)
        self._temperature = temperature

    def _process(self, logits: Tensor) -> Tensor:
        return logits / self._temperature


class CharacterConstrained(_Processed[MemoryT_contra, StateT]):
    """The network that can write some of its characters alone: the others' logits are −∞ before the softmax.

    Args:
        network: whose logits are masked.
        tokens: the numbers of the characters that are allowed. A text may always end.
    """

    def __init__(self, network: StepNetwork[MemoryT_contra, StateT], tokens: Iterable[int]) -> None:
        super().__init__(network)
        self._tokens = sorted(tokens)

    def _process(self, logits: Tensor) -> Tensor:
        masked = torch.full_like(logits, -torch.inf)
        masked[..., :FIRST_CHARACTER] = logits[..., :FIRST_CHARACTER]
        masked[..., self._tokens] = logits[..., self._tokens]
        return masked
