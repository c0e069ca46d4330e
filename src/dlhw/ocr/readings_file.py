"""Readings as JSON lines, written as they come: a file that a second call continues."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import filelock
import numpy as np

from dlhw.errors import DataError
from dlhw.learning.outputs import check_writable

BEGINNING = b'{"image": "'
"""Of every line: it distinguishes a line that was cut short from a file of some other kind."""

DIGEST = 16
"""Bytes kept of each name: a million of them take 16 MB, and two names that share theirs are not to be expected."""

REFUSED = "give a file that dlhw ocr read --jsonl wrote, or a new one"


class ReadingsFile:
    """A file with a line an image, which this process alone writes. Use it as a context manager.

    A last line that was cut short, as by a full disk or a power failure, is taken away.

    Args:
        path: the file; it is made where there is none.

    Raises:
        DataError: it cannot be read or written, holds anything else, or another process writes it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        if path.exists() and not path.is_file():
            raise DataError(
                f"{path} is not a file that lines can be appended to", "`jsonl` - writes to standard output"
            )
        check_writable(path)
        self._lock = filelock.FileLock(path.with_name(f".{path.name}.lock"))
        try:
            self._lock.acquire(timeout=0)
        except filelock.Timeout as error:
            raise DataError(f"another process writes {path}", "wait for it, or give another file") from error
        except (OSError, NotImplementedError) as error:
            raise self._unwritable(error) from error
        try:
            self._done = self._take_up()
            self._file = path.open("ab", buffering=0)  # what a full disk refused is not tried again at the end
        except OSError as error:
            self._lock.release()
            raise self._unwritable(error) from error
        except BaseException:
            self._lock.release()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._file.close()
        finally:
            self._lock.release()

    def __len__(self) -> int:
        """Images that were in the file when it was opened, each counted once."""
        return len(self._done)

    def holds(self, name: str) -> bool:
        """Whether an image of that name was in the file when it was opened."""
        if not len(self._done):
            return False
        wanted = np.array(_digest(name), dtype=self._done.dtype)
        place = int(np.searchsorted(self._done, wanted))
        return place < len(self._done) and bool(self._done[place] == wanted)

    def append(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Write rows of the document of ``dlhw ocr read``, a line each.

        Raises:
            DataError: the disk is full, or failed.
        """
        try:
            lines = memoryview(b"".join(as_line(row) for row in rows))
            while lines:
                lines = lines[self._file.write(lines) :]
        except OSError as error:
            raise self._unwritable(error) from error

    def _take_up(self) -> np.ndarray[Any, Any]:
        """The digests of the names that the file holds, sorted, (N,), after the last line was made whole."""
        digests = bytearray()
        whole = 0
        with contextlib.suppress(FileNotFoundError), self.path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if not line.endswith(b"\n"):
                    if line[: len(BEGINNING)] != BEGINNING[: len(line)]:
                        raise self._foreign(number)
                    os.truncate(self.path, whole)
                    break
                digests += _digest(self._name(line, number))
                whole += len(line)
        return np.unique(np.frombuffer(bytes(digests), dtype=f"S{DIGEST}"))

    def _name(self, line: bytes, number: int) -> str:
        try:
            name = json.loads(line)["image"]
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise self._foreign(number) from error
        if not isinstance(name, str):
            raise self._foreign(number)
        return name

    def _foreign(self, number: int) -> DataError:
        return DataError(f"{self.path}, line {number}, is not a result of dlhw ocr read --jsonl", REFUSED)

    def _unwritable(self, error: Exception) -> DataError:
        reason = getattr(error, "strerror", None) or error
        return DataError(
            f"{self.path} cannot be written: {reason}",
            "its lines are kept; free space on the disk, or give another file",
        )


class ReadingsStream:
    """The same lines on a stream, such as standard output.

    Args:
        stream: takes bytes.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def __len__(self) -> int:
        return 0

    def holds(self, name: str) -> bool:
        """A stream holds nothing."""
        return False

    def append(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Write rows, a line each, and hand them on at once."""
        self._stream.write(b"".join(as_line(row) for row in rows))
        self._stream.flush()


def as_line(row: Mapping[str, Any]) -> bytes:
    """A row as a line of ASCII."""
    return json.dumps(row, allow_nan=False).encode() + b"\n"


def _digest(name: str) -> bytes:
    # JSON can write half a pair of surrogates, which no encoding has.
    return hashlib.blake2b(name.encode(errors="surrogatepass"), digest_size=DIGEST).digest()
