"""The one pool of threads in which image files are decoded. Pillow lets go of the interpreter while it decodes."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from dlhw.cores import pool_threads

Item = TypeVar("Item")
Result = TypeVar("Result")

Track = Callable[[Iterable[Any], int], Iterable[Any]]
"""Passes items on, given their number, and may show the progress."""


def decode_all(
    items: Sequence[Item],
    decode: Callable[[Item], Result],
    *,
    threads: int | None = None,
    track: Track = lambda items, _: items,
) -> list[Result]:
    """Decode each item, and keep the order. An exception, such as that of Ctrl-C, cancels those that still wait.

    Args:
        items: all that are decoded, so that their number bounds the memory.
        decode: is called in several threads at once.
        threads: by default as many as :func:`dlhw.cores.pool_threads` allows.
        track: wraps the results as they come.
    """
    pool = ThreadPoolExecutor(threads or pool_threads())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's about odd metadata, which nothing here depends on
            return list(track(pool.map(decode, items), len(items)))
    finally:
        pool.shutdown(cancel_futures=True)
