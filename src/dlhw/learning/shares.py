"""Work that the ranks share out, a whole batch or chunk to a rank, and put together again in order.

Whole ones, because the last digits of what a network makes of an image depend on the shape of the batch it is in: so
results are those of one process, bit for bit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from dlhw.learning.parallel import Ranks

T = TypeVar("T")
S = TypeVar("S")


def in_order(ranks: Ranks, own: Sequence[S], count: int, *, at_once: int | None = None) -> list[S]:
    """The results of all ranks, on all of them.

    Args:
        ranks: who worked.
        own: what this rank made of its :meth:`~dlhw.learning.parallel.Ranks.share`.
        count: of all things.
        at_once: how many of each rank are exchanged at a time, which bounds the memory that this takes; all by default.
    """
    if ranks.size == 1:
        return list(own)
    longest = max(1, -(-count // ranks.size))  # of the ranks' shares
    at_once = at_once or longest
    parts: list[list[S]] = [[] for _ in range(ranks.size)]
    for first in range(0, longest, at_once):
        for part, more in zip(parts, ranks.gather(list(own[first : first + at_once])), strict=True):
            part += more
    return [parts[index % ranks.size][index // ranks.size] for index in range(count)]


def shared_stream(ranks: Ranks, function: Callable[[T], S], items: Iterable[T]) -> Iterator[S]:
    """The function of each item, in their order, on all ranks; as many items at a time as there are ranks.

    Args:
        ranks: who works.
        function: what is done with an item.
        items: those of rank 0, which hands them out; the others' are not looked at.

    Raises:
        RankError: the function failed on one of them, or rank 0's items did.
    """
    if ranks.size == 1:
        yield from map(function, items)
        return
    rest = iter(items)
    while turn := ranks.on_first(lambda: list(islice(rest, ranks.size))):
        own: S | None = None
        with ranks.agreed():
            if ranks.rank < len(turn):
                own = function(turn[ranks.rank])
        yield from ranks.gather(own)[: len(turn)]  # type: ignore[misc]
