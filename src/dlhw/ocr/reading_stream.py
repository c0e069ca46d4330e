"""Read any number of images, and hand on what was read a chunk at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from dlhw.images.arguments import ImageArgument
from dlhw.learning.parallel import ALONE, Ranks
from dlhw.learning.shares import shared_stream
from dlhw.ocr.reading import ReadImage, chunked


class Rows(Protocol):
    """Where rows go: a file of earlier calls, or a stream."""

    def holds(self, name: str) -> bool:
        """Whether an earlier call wrote a row of that image."""

    def append(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Write rows, so that they stay whatever comes."""


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Images so far."""

    read: int = 0
    failed: int = 0
    """Of those that are new, how many could not be read."""

    skipped: int = 0
    """Of which the file had a row."""

    @property
    def total(self) -> int:
        """All of them."""
        return self.read + self.failed + self.skipped


def read_into(
    rows: Rows,
    read: Callable[[Sequence[ImageArgument]], Iterable[ReadImage]],
    asked: Iterable[ImageArgument],
    *,
    ranks: Ranks = ALONE,
) -> Iterator[Counts]:
    """Read images and write a row each, in their order; those that there is a row of are left out.

    A chunk is the same images whatever was read before, as are its batches: what several calls write is what one
    would have written, to the last digit. So a chunk that was written in part is read as a whole.

    Args:
        rows: where the rows go; rank 0 alone writes them.
        read: a chunk of images.
        asked: which images; rank 0's are handed out.
        ranks: who share the chunks.

    Yields:
        How far it has come, after each chunk.
    """
    counts = Counts()
    skipped = 0  # of chunks that are not handed out; rank 0 alone counts them

    def handed_out() -> Iterator[tuple[list[ImageArgument], list[bool]]]:
        nonlocal skipped
        for chunk in chunked(asked):
            new = [not (one.named and rows.holds(one.name)) for one in chunk]
            if any(new):
                yield chunk, new
            else:
                skipped += len(chunk)

    def work(task: tuple[list[ImageArgument], list[bool]]) -> tuple[int, list[dict[str, Any]]]:
        chunk, new = task
        return len(chunk), [one.as_document() for one, is_new in zip(read(chunk), new, strict=True) if is_new]

    for count, written in shared_stream(ranks, work, handed_out()):
        ranks.on_first(lambda written=written: rows.append(written))  # type: ignore[misc]
        failed = sum("error" in row for row in written)
        counts = Counts(
            read=counts.read + len(written) - failed,
            failed=counts.failed + failed,
            skipped=counts.skipped + count - len(written),
        )
        yield replace(counts, skipped=counts.skipped + skipped)
    yield replace(counts, skipped=counts.skipped + skipped)
