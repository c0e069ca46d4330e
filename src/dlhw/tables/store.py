"""Rows kept until they are joined: in memory while few, on disk once many."""

from __future__ import annotations

import marshal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self
from zlib import crc32

from dlhw.tables.sources import Row

IN_MEMORY = 2**17
"""Rows of one file that are kept in memory: 131,072."""

BUCKETS = 256
"""Files that the others are divided into by their ids, each small enough to be joined in memory."""

AT_ONCE = 512
"""Rows that are written to a bucket together."""


class Workspace:
    """A temporary folder that exists only once something is put there, and is gone at the end."""

    def __init__(self) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._folder is not None:
            self._folder.cleanup()

    def new_folder(self) -> Path:
        """An empty folder within."""
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="dlhw-")
        self._count += 1
        folder = Path(self._folder.name, str(self._count))
        folder.mkdir()
        return folder


class Store:
    """The rows of one file. Those with the same id are always in the same bucket."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._rows: list[Row] = []
        self._waiting: list[list[Row]] = []
        self._files: list[Path] = []

    @property
    def on_disk(self) -> bool:
        """Whether rows have been divided into buckets."""
        return bool(self._files)

    def keep(self, row: Row) -> None:
        """Add a row."""
        if not self._files:
            self._rows.append(row)
            if len(self._rows) > IN_MEMORY:
                self.spill()
            return
        bucket = crc32(row[1].encode()) % BUCKETS
        waiting = self._waiting[bucket]
        waiting.append(row)
        if len(waiting) >= AT_ONCE:
            self._write(bucket)

    def rename(self, change: Callable[[str], str]) -> None:
        """Change the ids of rows in memory."""
        self._rows = [(line, change(identity), texts, group) for line, identity, texts, group in self._rows]

    def spill(self) -> None:
        """Divide all rows into buckets on disk."""
        if self._files:
            return
        folder = self._workspace.new_folder()
        self._files = [folder / str(bucket) for bucket in range(BUCKETS)]
        self._waiting = [[] for _ in range(BUCKETS)]
        rows, self._rows = self._rows, []
        for row in rows:
            self.keep(row)

    def bucket(self, number: int) -> list[Row]:
        """The rows of a bucket in their order; those in memory are all in the first."""
        if not self._files:
            return self._rows if number == 0 else []
        rows = [row for part in self._parts(self._files[number]) for row in part]
        return rows + self._waiting[number]

    def _write(self, bucket: int) -> None:
        # marshal is the fastest way to write plain tuples and strings, and what it wrote is read by the same process.
        with self._files[bucket].open("ab") as file:
            marshal.dump(self._waiting[bucket], file)
        self._waiting[bucket] = []

    def _parts(self, path: Path) -> Iterator[list[Row]]:
        if not path.exists():
            return
        with path.open("rb") as file:
            while file.peek(1):
                yield marshal.load(file)
