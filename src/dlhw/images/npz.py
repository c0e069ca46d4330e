"""Reads arrays of numpy whose sizes were checked first: against the file they are in, and against a limit."""

from __future__ import annotations

import errno
import lzma
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from dlhw.errors import DataError
from dlhw.images.formats import BEGINNING, foreign_format

LARGEST = 2 << 30
"""Bytes of all arrays together: 300,000 images of 48×48. A hundred bytes of an archive can promise terabytes."""

COMPRESSED, TIMES = 64 << 20, 200
"""No array of more bytes than the first is that many times as large as what it was compressed to, but for a trap."""

UNREADABLE = (
    *(OSError, ValueError, TypeError, SyntaxError, EOFError, LookupError, ArithmeticError, RuntimeError, MemoryError),
    *(zipfile.BadZipFile, zlib.error, struct.error, lzma.LZMAError, tokenize.TokenError),
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
                shape, _, dtype = _header(member)
                if dtype.hasobject:  # to unpickle them would run code from the file
                    raise DataError(
                        f"{what} cannot be read: it holds Python objects",
                        "save plain numbers (or strings for class_names)",
                    )
                size = prod(map(abs, shape)) * dtype.itemsize
                self._read += size
                if self._read > LARGEST:
                    raise DataError(
                        f"{what} is too large: its shape {shape} makes {size / 1e9:,.1f} GB, and an archive may have "
                        f"{LARGEST / 1e9:.1f} GB in all",
                        "scale the images to 48×48, or give a folder of images",
                    )
                info = self._archive.getinfo(f"{name}.npy")
                if size != info.file_size - member.tell():
                    raise DataError(f"{what} cannot be read: it is shorter or longer than its shape {shape} says")
                if size > max(COMPRESSED, TIMES * info.compress_size):
                    raise DataError(f"{what} cannot be read: {info.compress_size:,} bytes promise {size:,}")
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


def map_npy(path: Path) -> NDArray[Any]:
    """A single array, mapped: its pages are read when they are needed, and nothing is allocated before.

    Raises:
        DataError: the file is damaged, is shorter or longer than its shape says, or holds Python objects.
    """
    with _readable(path):
        header, _ = _whole_header(path)
        # Mode c: nothing is ever written back, and yet torch accepts the pages as its own. Nothing can be mapped of an
        # empty array.
        array: NDArray[Any] = np.load(path, mmap_mode="c" if prod(header.shape) else None, allow_pickle=False)
    return array


def map_rows(path: Path, chosen: Callable[[int], range]) -> tuple[NDArray[Any], int]:
    """Some rows of an array, and how many it has. No others are mapped, so that the file may be larger than memory.

    Args:
        path: the file.
        chosen: which rows of so many, neighbours.

    Raises:
        DataError: as for :func:`map_npy`.
    """
    with _readable(path):
        header, start = _whole_header(path)
        count = header.shape[0] if header.shape else 0
        rows = chosen(count)
        if header.fortran or not prod(header.shape) or not rows:
            return map_npy(path)[rows.start : rows.stop], count
        size = prod(header.shape[1:]) * header.dtype.itemsize
        shape = (len(rows), *header.shape[1:])
        return np.memmap(path, header.dtype, mode="c", offset=start + rows.start * size, shape=shape), count


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except UNREADABLE as error:
        large = isinstance(error, OSError) and error.errno == errno.ENOMEM
        hint = "it is larger than memory: torchrun shares it among ranks" if large else "save it again with numpy.save"
        raise DataError(f"{path} cannot be read: {error}", hint) from error


def _whole_header(path: Path) -> tuple[_Header, int]:
    """What a file of one array says about it, found to be true, and where the numbers begin."""
    if path.is_file() and not path.stat().st_size:
        raise DataError(f"{path} cannot be read: it is empty", "save it again with numpy.save")
    with path.open("rb") as file:
        header, start = _header(file), file.tell()
    if header.dtype.hasobject:
        raise DataError(f"{path} cannot be read: it holds Python objects, not numbers", "save plain numbers")
    size = path.stat().st_size - start
    if prod(header.shape) * header.dtype.itemsize != size or min(header.shape, default=0) < 0:
        raise DataError(f"{path} cannot be read: it is shorter or longer than its shape {header.shape} says")
    return header, start


class _Header(NamedTuple):
    shape: tuple[int, ...]
    fortran: bool
    dtype: np.dtype[Any]


def _header(member: IO[bytes]) -> _Header:
    version = npy.read_magic(member)
    readers = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
    if version not in readers:
        raise ValueError(f"its format {version[0]}.{version[1]} is unknown")
    return _Header(*readers[version](member))
