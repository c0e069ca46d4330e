"""The processes that work together on one command, seen from one of them: what each may ask of the others.

This is the side of a process that is alone: every call does nothing. :mod:`dlhw.learning.parallel` has the other one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from dlhw.errors import UsageError

if TYPE_CHECKING:
    from torch import Tensor, nn

T = TypeVar("T")


class Ranks:
    """The processes that work together, seen from one of them.

    What is said below of all ranks has to be called by all of them, in the same order. Where there is one, a sum is
    what was given, and what is gathered is a list of one.

    Args:
        rank: of this process, from 0. Rank 0 writes what is common, and is the only one that is heard.
        size: how many ranks there are, on all machines.
        local_rank: of this process among those of its machine.
        local_size: how many ranks this machine has.
    """

    def __init__(self, rank: int = 0, size: int = 1, local_rank: int = 0, local_size: int = 1) -> None:
        self.rank, self.size = rank, size
        self.local_rank, self.local_size = local_rank, local_size

    @property
    def leads(self) -> bool:
        """Whether this is rank 0."""
        return self.rank == 0

    def share(self, count: int) -> range:
        """This rank's share of ``count`` things: every ``size``-th, from its own number on."""
        return range(self.rank, count, self.size)

    def sum_(self, tensor: Tensor) -> Tensor:
        """Replace a tensor, on all ranks, by the sum of all of theirs; shapes and types are the same everywhere."""
        return tensor

    def maximum_(self, tensor: Tensor) -> Tensor:
        """Replace a tensor, on all ranks, by the greatest of theirs in every place."""
        return tensor

    def greatest(self, *values: int) -> tuple[int, ...]:
        """The greatest of the ranks' values, for each of them."""
        return values

    def gather(self, value: T) -> list[T]:
        """The values of all ranks, in their order. They are pickled: plain values and arrays."""
        return [value]

    def broadcast(self, value: T) -> T:
        """Rank 0's value, on all ranks."""
        return value

    def barrier(self) -> None:
        """Wait until all ranks have come here."""

    def next_number(self, name: str) -> int:
        """0, 1, 2, … under a name: each number goes to one rank, to whichever asks for it. Not a call of all ranks."""
        raise NotImplementedError("one process takes all numbers itself")

    def post(self, name: str, value: object) -> None:
        """Leave a plain value under a name for the other ranks, which may ask for it at any time. Not a call of all."""

    def posted(self, name: str) -> Any:
        """What a rank has left under a name; ``None`` where there is nothing. Not a call of all ranks."""
        return None

    def check_heard(self, rank: int, last: float) -> None:
        """See that a rank whose posts are waited for has not been silent for too long.

        Args:
            last: when it was heard last, by :func:`time.monotonic`.

        Raises:
            RankError: it has.
        """

    @contextmanager
    def agreed(self) -> Iterator[None]:
        """What is done here succeeds on all ranks, or fails on all of them.

        Raises:
            RankError: another rank failed; rank 0 tells why.
        """
        yield

    def on_first(self, action: Callable[[], T]) -> T:
        """Do something on rank 0 alone, and return what it returned on all ranks. Its error is that of all ranks."""
        return action()

    def check_same(self, what: str, value: object) -> None:
        """See that a value is the same on all ranks.

        Args:
            what: what it is, for a person, as in ``options``.
            value: compared by ``==``; printed if it differs.

        Raises:
            RankError: it is not.
        """

    def rows(self, count: int, *, least: int = 1) -> range | None:
        """Which rows of a batch this rank learns from: an equal part, so that the mean over the ranks is that of the
        batch. ``None`` is all of them, on every rank: of a batch that cannot be shared equally, or not with ``least``
        rows a rank, the mean of the same gradients is the gradient."""
        if self.size == 1 or count % self.size or count // self.size < least:
            return None
        part = count // self.size
        return range(self.rank * part, (self.rank + 1) * part)

    def check_batch(self, size: int, *, least: int = 1, chosen: bool = True) -> None:
        """See that batches can be shared.

        Args:
            size: of a batch of all ranks together.
            least: the fewest that a rank can learn from.
            chosen: whether a person can choose the size, or only how many ranks there are.

        Raises:
            UsageError: they cannot.
        """
        if self.size > 1 and self.rows(size, least=least) is None:
            counts = range(1, 2 * self.size + 1)
            fitting = [str(count) for count in counts if size % count == 0 and (count == 1 or size >= count * least)]
            number = " or ".join([", ".join(fitting[:-1]), fitting[-1]][len(fitting) == 1 :])
            other = f"take a `batch_size` that is a multiple of {self.size * least}, or " if chosen else ""
            each = "" if least == 1 else f", {least} or more each, since batch normalisation needs them"
            raise UsageError(
                f"a batch of {size} cannot be shared equally by {self.size} ranks{each}",
                f"{other}start {number} {'rank' if number == '1' else 'ranks'}, which can share it",
            )

    def wrap(self, model: nn.Module) -> nn.Module:
        """The model as it has to be called in training, so that gradients are means over the ranks."""
        return model

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Within this context an error of the communication, as a wrapped model has, names the missing ranks."""
        yield

    def average_buffers(self, model: nn.Module) -> None:
        """Give all ranks the same running means of batch normalisation: the means over the ranks."""


ALONE = Ranks()
"""The only rank of a process that was started alone."""
