"""From words to the tensors that a step learns from.

Words come in chunks of some thousand. Within a chunk, words of like width share a batch, so that little of
it is padding; the batches are then shuffled. All of it follows from the seed, the epoch and the chunk.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dlhw.ocr.alphabet import END, PAD, START, Alphabet
from dlhw.ocr.data import Words
from dlhw.ocr.preprocessing import HEIGHT

CHUNK = 2048
"""Words in a chunk."""

WIDTH_STEP = 16
"""Widths of batches are multiples of it. PyTorch compiles its kernels anew for every shape it has not seen lately,
and keeps those of some twenty widths: with sixteen of them training is 1.15 times as fast as with sixty-four."""


class Batch(NamedTuple):
    """What a step learns from."""

    images: Tensor
    """(B, 1, 32, W) uint8, W a multiple of 16; zero right of each image."""

    widths: Tensor
    """(B,) int64, columns of pixels of each image."""

    inputs: Tensor
    """(B, L) int64: the start mark and the letters, padded."""

    targets: Tensor
    """(B, L) int64: the letters and the end mark, padded."""

    def to(self, device: torch.device) -> Batch:
        """The same batch on ``device``, without waiting for the copy."""
        return Batch(*(tensor.to(device, non_blocking=True) for tensor in self))


class TrainingWords(Protocol):
    """Words to learn from, an epoch at a time."""

    def with_seed(self, seed: int, *, alone: bool) -> TrainingWords:
        """The same kind of words, as they follow from another seed.

        Args:
            seed: of the words, or of their order.
            alone: whether this rank trains on its own, while the others train something else.
        """

    def __len__(self) -> int:
        """Words in an epoch."""

    def chunk(self, epoch: int, index: int) -> Words:
        """Words ``index * CHUNK`` and following of epoch ``epoch`` (from 1), :data:`CHUNK` of them or what is left."""


class EpochBatches:
    """The batches of one epoch after the other.

    Args:
        words: what they are made of.
        alphabet: the ids of the letters.
        batch_size: words in a batch; the last of a chunk may be smaller.
        seed: of the order.
    """

    def __init__(self, words: TrainingWords, alphabet: Alphabet, *, batch_size: int, seed: int) -> None:
        self._words, self._alphabet, self._seed = words, alphabet, seed
        self._batch_size = batch_size
        self._epoch, self._chunk, self._batches = 0, -1, list[Batch]()
        self.sizes: list[int] = []
        """Words in each batch of an epoch."""
        self._places: list[tuple[int, int]] = []  # the chunk of each batch, and its place in there
        for chunk, first in enumerate(range(0, len(words), CHUNK)):
            bounds = _bounds(min(CHUNK, len(words) - first), batch_size)
            self._places += [(chunk, place) for place in range(len(bounds) - 1)]
            self.sizes += [end - begin for begin, end in pairwise(bounds)]

    def begin(self, epoch: int) -> None:
        """Go to epoch ``epoch``, from 1."""
        self._epoch, self._chunk = epoch, -1

    def __getitem__(self, step: int) -> Batch:
        """Batch ``step`` of the epoch. Going forwards is cheap; a chunk is made when its first batch is asked for."""
        chunk, place = self._places[step]
        if chunk != self._chunk:
            self._batches = self._make_batches(chunk)
            self._chunk = chunk
        return self._batches[place]

    def _make_batches(self, chunk: int) -> list[Batch]:
        words = self._words.chunk(self._epoch, chunk)
        by_width = np.argsort(words.widths, kind="stable")
        batches = [by_width[begin:end] for begin, end in pairwise(_bounds(len(words), self._batch_size))]
        whole = len(words) // self._batch_size  # a batch that is not stays the last, so that sizes are known ahead
        order = np.random.default_rng([self._seed, self._epoch, chunk]).permutation(whole)
        return [collate(words, batches[place], self._alphabet) for place in [*order, *range(whole, len(batches))]]


def _bounds(count: int, batch_size: int) -> list[int]:
    return [*range(0, count, batch_size), count]


def collate(words: Words, indices: NDArray[np.integer[Any]], alphabet: Alphabet) -> Batch:
    """Put some words into one batch."""
    images, widths = pad_images(words, indices)
    ids = [alphabet.encode(words.texts[index]) for index in indices]
    # In NumPy: two small tensors a word, thousands in a chunk, take ten times as long.
    inputs = np.full((len(ids), 1 + max(map(len, ids))), PAD, dtype=np.int64)
    targets = inputs.copy()
    for row, letters in enumerate(ids):
        inputs[row, : len(letters) + 1] = [START, *letters]
        targets[row, : len(letters) + 1] = [*letters, END]
    return Batch(images, widths, torch.from_numpy(inputs), torch.from_numpy(targets))


def pad_images(words: Words, indices: NDArray[np.integer[Any]]) -> tuple[Tensor, Tensor]:
    """Images (B, 1, 32, W) uint8, zero where there is none, and their widths (B,) int64."""
    widths = words.widths[indices]
    width = -(-int(widths.max()) // WIDTH_STEP) * WIDTH_STEP
    padded = np.zeros((len(indices), 1, HEIGHT, width), dtype=np.uint8)
    for row, index in enumerate(indices):
        padded[row, 0, :, : words.widths[index]] = words.image(index)
    return torch.from_numpy(padded), torch.from_numpy(widths.astype(np.int64))
