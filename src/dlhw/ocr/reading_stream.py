"""Read any number of images, and hand on what was read a chunk at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from dlhw.images.arguments import ImageArgument
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
    rows: Rows, read: Callable[[Sequence[ImageArgument]], Iterable[ReadImage]], asked: Iterable[ImageArgument]
) -> Iterator[Counts]:
    """Read images and write a row each, in their order; those that there is a row of are left out.

    A chunk is the same images whatever was read before, as are its batches: what several calls write is what one
    would have written, to the last digit. So a chunk that was written in part is read as a whole.

    Args:
        rows: where the rows go.
        read: a chunk of images.
        asked: which images.

    Yields:
        How far it has come, after each chunk.
    """
    counts = Counts()
    for chunk in chunked(asked):
        new = [not (one.named and rows.holds(one.name)) for one in chunk]
        written = []
        if any(new):
            written = [one.as_document() for one, is_new in zip(read(chunk), new, strict=True) if is_new]
            rows.append(written)
        failed = sum("error" in row for row in written)
        counts = Counts(
            read=counts.read + len(written) - failed,
            failed=counts.failed + failed,
            skipped=counts.skipped + len(chunk) - len(written),
        )
        yield counts
