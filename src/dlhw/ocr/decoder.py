"""The decoder: an LSTM that writes a word letter by letter, with attention or without.

Bahdanau, Cho, Bengio, "Neural machine translation by jointly learning to align and translate", ICLR 2015
(arXiv:1409.0473), equations (4) to (6) and appendix A.1.2.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from dlhw.ocr.encoder import Encoding


class Memory(NamedTuple):
    """What the decoder may look at, made once an image and shared by all its hypotheses."""

    states: Tensor
    """(B, T, C) h_j, the encoder's states."""

    keys: Tensor
    """(B, T, A) W_h h_j. Empty, (B, T, 0), without attention."""

    mask: Tensor
    """(B, T) True where there is image."""

    summary: Tensor
    """(B, C) the encoder's last states."""


class DecoderState(NamedTuple):
    """Where the LSTM of each hypothesis stands."""

    hidden: Tensor
    """(B, K, D) s_t"""

    cell: Tensor
    """(B, K, D)"""


class AdditiveAttention(nn.Module):
    """Where to look: e_tj = v·tanh(W_s s_{t−1} + W_h h_j), α_t = softmax(e_t), context c_t = Σ_j α_tj h_j.

    Args:
        query: D, size of the decoder's states.
        memory: C, size of the encoder's states.
        hidden: A, size of the sum within the tanh.
    """

    def __init__(self, query: int, memory: int, hidden: int) -> None:
        super().__init__()
        self.query = nn.Linear(query, hidden)
        self.key = nn.Linear(memory, hidden, bias=False)
        self.energy = nn.Linear(hidden, 1, bias=False)

    def forward(self, hidden: Tensor, memory: Memory) -> tuple[Tensor, Tensor]:
        """Hidden states s_{t−1} (B, K, D) → contexts (B, K, C), weights (B, K, T), zero in the padding."""
        summed = memory.keys[:, None] + self.query(hidden)[:, :, None]  # (B, K, T, A)
        energies = self.energy(summed.tanh()).squeeze(3)  # (B, K, T)
        energies = energies.float().masked_fill(~memory.mask[:, None], -torch.inf)
        weights = energies.softmax(dim=2)
        return weights.to(memory.states.dtype) @ memory.states, weights


class Decoder(nn.Module):
    """An LSTM cell that is fed the letter before and what attention sees, and guesses the next letter.

    Without attention it starts from the encoder's last states and sees nothing else.

    Args:
        alphabet_size: V, tokens it chooses from.
        memory: C, size of the encoder's states.
        embedding: E, size of a letter's vector.
        hidden: D, units of the LSTM.
        attention: A, size of the attention's hidden layer; 0 is no attention.
    """

    def __init__(self, *, alphabet_size: int, memory: int, embedding: int, hidden: int, attention: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(alphabet_size, embedding)
        self.attention = AdditiveAttention(hidden, memory, attention) if attention else None
        context = memory if attention else 0
        self.start = nn.Linear(memory, 2 * hidden)
        self.cell = nn.LSTMCell(embedding + context, hidden)
        self.output = nn.Linear(hidden + context, alphabet_size)

    def remember(self, encoding: Encoding) -> Memory:
        """Project the keys, once for all letters."""
        states = encoding.states
        keys = self.attention.key(states) if self.attention else states[:, :, :0]
        return Memory(states, keys, encoding.mask, encoding.summary)

    def begin(self, memory: Memory) -> DecoderState:
        """The state before the first letter, one hypothesis an image: (B, 1, D)."""
        hidden, cell = self.start(memory.summary)[:, None].chunk(2, dim=2)
        return DecoderState(hidden.tanh(), cell)

    def step(self, tokens: Tensor, state: DecoderState, memory: Memory) -> tuple[Tensor, DecoderState, Tensor]:
        """Read a letter, guess the next one.

        Args:
            tokens: (B, K) int64, the last letter of each hypothesis.
            state: of K hypotheses an image.
            memory: of B images, shared by their hypotheses.

        Returns:
            Logits of the next letter (B, K, V), the state after, and attention weights (B, K, T), which are
            zero without attention.
        """
        features, state, weights = self._advance(self.embedding(tokens), state, memory)
        return self.output(features), state, weights

    def teach(self, tokens: Tensor, memory: Memory) -> Tensor:
        """Logits of every next letter when the true letters are read: (B, L) → (B, L, V)."""
        state = self.begin(memory)
        features = []
        for embedded in self.embedding(tokens).split(1, dim=1):  # (B, 1, E) L times
            feature, state, _ = self._advance(embedded, state, memory)
            features.append(feature)
        return self.output(torch.cat(features, dim=1))  # type: ignore[no-any-return]

    def _advance(self, embedded: Tensor, state: DecoderState, memory: Memory) -> tuple[Tensor, DecoderState, Tensor]:
        """(B, K, E) → what the output layer reads (B, K, D + C), the new state, attention weights (B, K, T)."""
        if self.attention:
            context, weights = self.attention(state.hidden, memory)
        else:
            context = embedded[:, :, :0]
            weights = embedded.new_zeros(*embedded.shape[:2], memory.mask.shape[1])
        inputs = torch.cat([embedded, context], dim=2)  # (B, K, E + C)
        hidden, cell = self.cell(inputs.flatten(0, 1), (state.hidden.flatten(0, 1), state.cell.flatten(0, 1)))
        after = DecoderState(hidden.unflatten(0, inputs.shape[:2]), cell.unflatten(0, inputs.shape[:2]))
        return torch.cat([after.hidden, context], dim=2), after, weights
