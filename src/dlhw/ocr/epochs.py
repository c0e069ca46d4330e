"""Words to learn from, an epoch at a time: rendered afresh, or the user's own in a new order."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

from dlhw.learning.random_streams import numpy_generator
from dlhw.ocr.batches import CHUNK
from dlhw.ocr.data import Words
from dlhw.ocr.rendering.rendered import RenderedWords
from dlhw.ocr.rendering.workers import Renderer, Rendering


class FreshWords:
    """Rendered words, new ones in every epoch: word ``i`` of epoch ``e`` is word ``(e − 1)·N + i`` of them all.

    Args:
        words: what is rendered.
        count: N, words in an epoch.
        renderer: who renders them.
        ahead: chunks that are rendered before they are asked for.
    """

    def __init__(self, words: RenderedWords, count: int, renderer: Renderer, *, ahead: int = 0) -> None:
        self._words, self._count, self._renderer = words, count, renderer
        self._ahead = ahead
        self._coming: deque[tuple[int, Rendering]] = deque()

    def __len__(self) -> int:
        return self._count

    def with_seed(self, seed: int, *, alone: bool) -> FreshWords:
        """Other words of the same kind, as many; ``alone``: rendered by this rank for itself."""
        renderer = self._renderer.alone() if alone else self._renderer
        return FreshWords(replace(self._words, seed=seed), self._count, renderer, ahead=self._ahead)

    def chunk(self, epoch: int, index: int) -> Words:
        """Words ``index * CHUNK`` and following of epoch ``epoch`` (from 1)."""
        chunks = -(-self._count // CHUNK)
        wanted = (epoch - 1) * chunks + index
        while self._coming and self._coming[0][0] != wanted:
            self._coming.popleft()
        for number in range(wanted + len(self._coming), wanted + self._ahead + 1):
            self._coming.append((number, self._begin(*divmod(number, chunks))))
        return self._coming.popleft()[1].result()

    def _begin(self, epochs_before: int, index: int) -> Rendering:
        first = index * CHUNK
        count = min(CHUNK, self._count - first)
        return self._renderer.submit(self._words, epochs_before * self._count + first, count)


class OwnWords:
    """The user's own words, all of them in every epoch, in an order that depends on the seed and the epoch."""

    def __init__(self, words: Words, *, seed: int) -> None:
        self._words, self._seed = words, seed

    def __len__(self) -> int:
        return len(self._words)

    def with_seed(self, seed: int, *, alone: bool) -> OwnWords:
        """The same words in another order."""
        return OwnWords(self._words, seed=seed)

    def chunk(self, epoch: int, index: int) -> Words:
        """Words ``index * CHUNK`` and following of epoch ``epoch`` (from 1)."""
        order = numpy_generator(self._seed, "order of own words", epoch).permutation(len(self._words))
        return self._words.select(order[index * CHUNK : (index + 1) * CHUNK].tolist())
