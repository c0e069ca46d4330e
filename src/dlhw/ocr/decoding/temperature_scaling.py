"""A network whose logits are divided by a temperature, for a decoder to search with.

Which letter is the likeliest never changes, so greedy texts do not depend on the temperature. It acts on the logits,
and not on a finished word's log-probability, so that the probabilities of all texts still sum to 1.
"""

from __future__ import annotations

from typing import Generic

from torch import Tensor

from dlhw.ocr.decoding.interface import MemoryT_contra, StateT, StepNetwork


class TemperatureScaled(Generic[MemoryT_contra, StateT]):
    """The network; below a temperature of 1 it is surer of itself, above less sure."""

    def __init__(self, network: StepNetwork[MemoryT_contra, StateT], temperature: float) -> None:
        self._network, self._temperature = network, temperature

    def begin(self, memory: MemoryT_contra, /) -> StateT:
        """As the network's own."""
        return self._network.begin(memory)

    def step(self, tokens: Tensor, state: StateT, memory: MemoryT_contra, /) -> tuple[Tensor, StateT, Tensor]:
        """As the network's own, with tempered logits in float32."""
        logits, state, looked = self._network.step(tokens, state, memory)
        return logits.float() / self._temperature, state, looked
