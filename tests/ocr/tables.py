"""A network that is a table: small enough to enumerate every text it can write."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from dlhw.ocr.alphabet import END, FIRST_CHARACTER, START

LETTERS = 3
V = FIRST_CHARACTER + LETTERS
PLACES = 4


class Memory(NamedTuple):
    logits: Tensor
    """Of the next token by image, number of characters so far, and last token, (B, L + 1, V, V)."""

    mask: Tensor
    """(B, T)"""


class State(NamedTuple):
    position: Tensor
    """How many characters there are, (B, K, 1)."""

    history: Tensor
    """The last eight tokens as one number, (B, K, 1): differs between hypotheses unless the states are mixed up."""


class TableNetwork:
    """Looks the next token's logits up. Counts how often it was asked, and for how many hypotheses."""

    def __init__(self, dtype: torch.dtype = torch.float32) -> None:
        self.dtype = dtype
        self.begun = 0
        self.batches: list[tuple[int, int]] = []

    def begin(self, memory: Memory) -> State:
        self.begun += 1
        zeros = torch.zeros(len(memory.mask), 1, 1, dtype=torch.int64)
        return State(zeros, zeros)

    def step(self, tokens: Tensor, state: State, memory: Memory) -> tuple[Tensor, State, Tensor]:
        batch, width = tokens.shape
        self.batches.append((batch, width))
        position = state.position[:, :, 0]
        assert ((position == 0) == (tokens == START)).all()
        logits = memory.logits[torch.arange(batch)[:, None], position, tokens]  # (B, K, V)
        history = (state.history * 8 + tokens[:, :, None]) % 8**8
        # The first places say which characters came before, so that a row tells for which hypothesis it was made.
        looked = torch.cat([position[:, :, None], history, torch.zeros(batch, width, 2)], dim=-1)[..., :PLACES]
        looked = torch.nn.functional.pad(looked, (0, memory.mask.shape[1] - PLACES))
        return logits.to(self.dtype), State(state.position + 1, history), looked.to(self.dtype)


def table(seed: int, *, images: int = 1, max_length: int = 4, spread: float = 1.5, places: int = PLACES) -> Memory:
    """Random logits. A larger spread makes surer networks."""
    generator = torch.Generator().manual_seed(seed)
    logits = spread * torch.randn(images, max_length + 1, V, V, generator=generator)
    mask = torch.zeros(images, places, dtype=torch.bool)
    mask[:, :PLACES] = True
    return Memory(logits, mask)


def log_probability(memory: Memory, image: int, tokens: Sequence[int]) -> float:
    """Teacher forcing in double precision: the sum of the text's own log-probabilities and END's."""
    total, last = 0.0, START
    for position, token in enumerate([*tokens, END]):
        logits = memory.logits[image, position, last].double()
        total += float(logits[token] - logits[END:].logsumexp(0))  # PAD and START have no part in it
        last = token
    return total


def every_text(max_length: int) -> list[tuple[int, ...]]:
    """All texts over the alphabet, (3ᴸ⁺¹ − 1) / 2 of them."""
    letters = range(FIRST_CHARACTER, V)
    return [text for length in range(max_length + 1) for text in itertools.product(letters, repeat=length)]


def greedy_text(memory: Memory, image: int, max_length: int) -> tuple[int, ...]:
    """The likeliest token, one after the other, in plain words."""
    tokens: list[int] = []
    while len(tokens) < max_length:
        logits = memory.logits[image, len(tokens), tokens[-1] if tokens else START]
        token = END + int(logits[END:].argmax())
        if token == END:
            break
        tokens.append(token)
    return tuple(tokens)


def some(memory: Memory, images: Sequence[int]) -> Memory:
    """The memory of some images, in the given order."""
    rows = torch.tensor(images)
    return Memory(memory.logits[rows], memory.mask[rows])


def padded(memory: Memory, places: int) -> Memory:
    """The same images beside a wider one."""
    return memory._replace(mask=torch.nn.functional.pad(memory.mask, (0, places)))
