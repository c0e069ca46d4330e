"""Reads arrays from an ``.npz`` archive whose sizes were checked first: against the archive, and against a limit."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from dlhw.errors import DataError
from dlhw.images.formats import BEGINNING, foreign_format

LARGEST = 2 << 30
"""Bytes of all arrays together: 300,000 pictures of 48×48. A hundred bytes of an archive can promise terabytes."""

UNREADABLE = (
    *(OSError, ValueError, EOFError, KeyError, IndexError, RuntimeError, NotImplementedError, MemoryError),
    *(zipfile.BadZipFile, zlib.error),
)
"""What numpy and zipfile raise for files that are damaged, cut off, encrypted, or hold Python objects."""


class Npz:
    """The arrays of an open archive."""

    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        self.path = path
        self._archive = archive
        self._read = 0
        self.names = [name.removesuffix(".npy") for name in archive.namelist() if name.endswith(".npy")]

    def read(self, name: str) -> NDArray[Any]:
        """An array.

        Raises:
            DataError: it is damaged, holds Python objects, or is too large.
        """
        what = f"{name} of {self.path}"
        try:
            with self._archive.open(f"{name}.npy") as member:
                shape, dtype = _header(member)
                if dtype.hasobject:  # to unpickle them would run code from the file
                    raise DataError(
                        f"{what} cannot be read: it holds Python objects",
                        "save plain numbers (or strings for class_names)",
                    )
                size = prod(shape) * dtype.itemsize
                self._read += size
                if self._read > LARGEST:
                    raise DataError(
                        f"{what} is too large: its shape {shape} makes {size / 1e9:,.1f} GB, and an archive may have "
                        f"{LARGEST / 1e9:.1f} GB in all",
                        "scale the pictures to 48×48, or give a folder of pictures",
                    )
                if size != self._archive.getinfo(f"{name}.npy").file_size - member.tell():
                    raise DataError(f"{what} cannot be read: it is shorter or longer than its shape {shape} says")
            with self._archive.open(f"{name}.npy") as member:
                array: NDArray[Any] = npy.read_array(member, allow_pickle=False)
                return array
        except UNREADABLE as error:
            raise DataError(f"{what} cannot be read: {error}", "save it again with numpy.savez") from error


@contextmanager
def open_npz(path: Path, hint: str) -> Iterator[Npz]:
    """Open an archive.

    Args:
        path: the file.
        hint: what an archive should hold.

    Raises:
        DataError: it is none.
    """
    try:
        with path.open("rb") as file:
            start = file.read(BEGINNING)
            if start.startswith(npy.MAGIC_PREFIX):
                raise DataError(f"{path} is a single array, and an .npz archive was expected", hint)
            archive = zipfile.ZipFile(file)
            yield Npz(path, archive)
    except UNREADABLE as error:
        what = foreign_format("", start) if isinstance(error, zipfile.BadZipFile) else str(error)
        raise DataError(f"{path} is not a readable .npz archive: {what or 'it is no archive at all'}", hint) from error


def _header(member: IO[bytes]) -> tuple[tuple[int, ...], np.dtype[Any]]:
    version = npy.read_magic(member)
    readers = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
    if version not in readers:
        raise ValueError(f"its format {version[0]}.{version[1]} is unknown")
    shape, _, dtype = readers[version](member)
    return shape, dtype
