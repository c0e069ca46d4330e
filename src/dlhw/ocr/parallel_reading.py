"""Batches read side by side: a thread a core, each of which computes alone.

The other way, several threads within an operation, makes them wait for each other after each of thousands of small
operations. Results are those of one thread, to the bit, however many there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import torch

T = TypeVar("T")
S = TypeVar("S")


@contextmanager
def side_by_side(function: Callable[[T], S], items: Sequence[T], *, device: torch.device) -> Iterator[Iterable[S]]:
    """The function of each item, in their order, as many at once as PyTorch has threads.

    Args:
        function: releases the interpreter most of the time, as PyTorch's operations do.
        items: are all given out at once; when the context is left early, those not begun are dropped.
        device: on others than the CPU one item at a time is computed, by this thread.
    """
    threads = torch.get_num_threads()
    if device.type != "cpu" or min(threads, len(items)) < 2:
        yield map(function, items)
        return
    # PyTorch counts threads for each thread that calls it, and hands a new one what was set last.
    pool = ThreadPoolExecutor(min(threads, len(items)), initializer=torch.set_num_threads, initargs=(1,))
    try:
        yield pool.map(function, items)
    finally:
        pool.shutdown(cancel_futures=True)
        torch.set_num_threads(threads)
