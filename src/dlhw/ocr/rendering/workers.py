"""Processes that render words.

Words are rendered between steps, by as many processes as the training has threads, and not beside them:
PyTorch's threads wait for each other after every operation, and a neighbour on one core slows them all.
With a GPU the words of the chunks to come are rendered while it works.
"""

from __future__ import annotations

import copy
import multiprocessing
import signal
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import zip_longest
from types import TracebackType
from typing import Self

from dlhw.errors import RunError
from dlhw.learning.parallel import ALONE, Ranks
from dlhw.learning.processes import follow_parent
from dlhw.ocr.data import Words
from dlhw.ocr.rendering.rendered import RenderedWords

PIECE = 128
"""Words that a process renders at a time: a sixth of a second."""

SMALLEST_PIECE = 16
"""And where many ranks share a chunk."""


class Renderer:
    """Renders words, in this process or in several others. Use it as a context manager.

    What is rendered depends on the words and the index alone, not on who renders it.

    Args:
        processes: how many render; one is this process itself.
        ranks: who share the work. All of them ask for the same words, in the same order, and have all of them.
    """

    def __init__(self, processes: int, *, ranks: Ranks = ALONE) -> None:
        self.ranks = ranks
        self._pool: ProcessPoolExecutor | None = None
        if processes > 1:
            # Spawned, not forked: a fork of a process with threads may lock up.
            self._pool = ProcessPoolExecutor(
                processes, mp_context=multiprocessing.get_context("spawn"), initializer=_begin_worker
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def alone(self) -> Renderer:
        """The same processes, which render for this rank and share nothing with the others."""
        other = copy.copy(self)
        other.ranks = ALONE
        return other

    def submit(self, words: RenderedWords, first: int, count: int) -> Rendering:
        """Begin to render words ``first`` to ``first + count`` (exclusive)."""
        length = max(SMALLEST_PIECE, PIECE // self.ranks.size)
        pieces = [(begin, min(length, first + count - begin)) for begin in range(first, first + count, length)]
        ours = [pieces[index] for index in self.ranks.share(len(pieces))]
        if self._pool is None:
            return Rendering([words.pack(*piece) for piece in ours], self.ranks)
        return Rendering([self._pool.submit(words.pack, *piece) for piece in ours], self.ranks)

    def render(self, words: RenderedWords, first: int, count: int) -> Words:
        """Render words ``first`` to ``first + count`` (exclusive)."""
        return self.submit(words, first, count).result()


class Rendering:
    """Words that are being rendered: this rank's pieces of them."""

    def __init__(self, pieces: Sequence[Words | Future[Words]], ranks: Ranks = ALONE) -> None:
        self._pieces, self._ranks = pieces, ranks

    def result(self) -> Words:
        """Wait for all of them.

        Raises:
            RunError: a process that renders was killed.
            RankError: one of another rank was.
        """
        with self._ranks.agreed():
            try:
                ours = [piece.result() if isinstance(piece, Future) else piece for piece in self._pieces]
            except BrokenProcessPool as error:
                raise RunError(
                    "a process that renders words was killed; perhaps the machine ran out of memory",
                    "free memory, or give `threads` 1, which needs no other process; `resume` continues a run",
                ) from error
        # Of each piece one rank knows the content: they are dealt out like cards.
        turns = zip_longest(*self._ranks.gather(ours))
        return Words.join([piece for turn in turns for piece in turn if piece is not None])


def _begin_worker() -> None:
    # Ctrl-C reaches every process of a terminal; the one that trains still needs words to end its step.
    follow_parent()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
