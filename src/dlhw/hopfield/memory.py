"""Patterns and queries from files: .npy (mapped, not read), .npz and .csv, checked once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dlhw.errors import DataError, UsageError, check_at_least
from dlhw.hopfield.share import WHOLE_AT_MOST, Share, rows_of
from dlhw.images.npz import map_npy, map_rows, open_npz
from dlhw.learning.ranks import ALONE, Ranks

FORMATS = "give a .npy, .npz, .csv or .tsv file with a pattern a row"
CHUNK = 65_536
"""Rows looked at together. A mapped file of any size is checked in so much memory."""


def load_patterns(path: Path) -> Tensor:
    """X, (N, D), as float32 or float64. A .npy file of these is mapped: its pages are read when they are needed.

    Raises:
        DataError: the file is missing or damaged, is no matrix of finite numbers, or is empty.
    """
    return load_share(path, ALONE)[0]


def load_share(path: Path, ranks: Ranks) -> tuple[Tensor, Share]:
    """The rows of X that are this rank's, as :func:`load_patterns` gives them, and which they are.

    A rank maps no more than these of a .npy file; other files it reads in whole. Up to 4,096 patterns are a memory that
    every rank has in whole.

    Raises:
        DataError: as for patterns.
        UsageError: there are more ranks than patterns.
    """

    def own(count: int) -> range:
        if count <= WHOLE_AT_MOST:
            return range(count)
        if count < ranks.size:
            raise UsageError(f"{path}: {count:,} patterns are too few for {ranks.size:,} ranks", "take fewer ranks")
        return rows_of(count, ranks)

    if path.suffix.lower() == ".npy" and path.exists():
        array, count = map_rows(path, own)
        rows = own(count)
    else:
        array = _read(path, ("patterns", "X"))
        count = len(array) if array.ndim else 0
        rows = own(count)
        array = array[rows.start : rows.stop] if len(rows) < count else array
    if array.ndim != 2 or 0 in array.shape:
        raise DataError(
            f"{path}: the patterns must be a matrix with a pattern a row, got shape {array.shape}",
            "at least one pattern of at least one number is needed",
        )
    return _checked(array, path, first=rows.start), Share(rows.start, count, ranks if len(rows) < count else ALONE)


def load_queries(path: Path, dimension: int) -> Tensor:
    """Q, (B, D); a single row of D numbers is one query.

    Args:
        path: the file.
        dimension: D, which the patterns set.

    Raises:
        DataError: as for patterns, or the queries are of another dimension.
    """
    array = _read(path, ("query", "queries", "Q", "q"))
    if array.ndim == 1:
        array = array[None]
    if array.ndim != 2 or array.shape[1] != dimension or not len(array):
        raise DataError(
            f"{path}: queries of {dimension} numbers are expected, as the patterns have, got shape {array.shape}",
            "a query a row",
        )
    return _checked(array, path)


def draw_patterns(count: int, dimension: int, generator: torch.Generator) -> Tensor:
    """Random patterns of ±1, (N, D), in float64.

    Raises:
        UsageError: not at least one pattern of at least one number.
    """
    check_at_least(1, count=count, dimension=dimension)
    signs = torch.randint(2, (count, dimension), generator=generator)
    return signs.to(torch.float64) * 2 - 1


def add_noise(pattern: Tensor, generator: torch.Generator) -> Tensor:
    """A query near a pattern, (1, D): Gaussian noise as strong as the pattern itself."""
    strength = float(pattern.square().mean().sqrt()) or 1.0
    noise = torch.randn(pattern.shape, generator=generator, dtype=torch.float64).to(pattern.dtype)
    return (pattern + strength * noise)[None]


def _read(path: Path, names: tuple[str, ...]) -> NDArray[np.generic]:
    readers = {".npy": map_npy, ".csv": _read_csv, ".tsv": _read_csv, ".txt": _read_csv}
    suffix = path.suffix.lower()
    if not path.exists():
        raise DataError(f"{path}: there is no such file", FORMATS)
    if suffix == ".npz":
        return _read_npz(path, names)
    if suffix in readers:
        return readers[suffix](path)
    raise DataError(f"{path}: patterns in {suffix or 'a file without an ending'} are not understood", FORMATS)


def _read_npz(path: Path, names: tuple[str, ...]) -> NDArray[np.generic]:
    with open_npz(path, FORMATS) as archive:
        held = archive.names
        chosen = held if len(held) == 1 else [name for name in names if name in held]
        if not chosen:
            raise DataError(
                f"{path}: it is not clear which array is meant: it holds {', '.join(held) or 'none'}",
                f"name one of them {names[0]!r}",
            )
        return archive.read(chosen[0])


def _number(cell: str, path: Path, line: int, column: int) -> float:
    try:
        return float(cell)
    except ValueError as error:
        text = cell.strip()
        what = f"“{text[:40]}” is not a number" if text else "there is no number"
        advice = "; take a line of headings, or a column of names, out" if text else ", so that no comma ends a line"
        raise DataError(
            f"{path}, line {line}, column {column}: {what}", f"every cell must be a number{advice}"
        ) from error


def _read_csv(path: Path) -> NDArray[np.generic]:
    rows: list[list[float]] = []
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        found = "in UTF-16" if error.object.startswith((b"\xff\xfe", b"\xfe\xff")) else "not in UTF-8"
        raise DataError(f"{path} is {found}, and numbers are read as UTF-8", "save it as UTF-8") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        cells = _cells(line)
        rows.append([_number(cell, path, number, column) for column, cell in enumerate(cells, start=1)])
        if len(rows[-1]) != len(rows[0]):
            raise DataError(
                f"{path}, line {number}: {len(rows[0])} numbers are expected, as in the first row, got {len(cells)}",
                "every row must be equally long",
            )
    return np.array(rows, dtype=np.float64)


def _cells(line: str) -> list[str]:
    """The cells of a row, split at tabs, semicolons, commas or blanks; each may be in quotes, as spreadsheets write it.

    Between semicolons a comma is a decimal point, as spreadsheets write it where that is the custom.
    """
    separator = next((sign for sign in "\t;," if sign in line), None)
    cells = [cell.strip().strip("\"'") for cell in line.split(separator)]
    return [cell.replace(",", ".") for cell in cells] if separator == ";" else cells


def _checked(array: NDArray[np.generic], path: Path, *, first: int = 0) -> Tensor:
    if array.dtype.kind not in "fiub":
        raise DataError(f"{path}: real numbers are expected, got {array.dtype}", FORMATS)
    wide = np.dtype(np.float32) if array.dtype in (np.float16, np.float32) else np.dtype(np.float64)
    if array.dtype != wide or not array.flags.c_contiguous or not array.dtype.isnative:
        with np.errstate(over="ignore"):  # what is too large for the type is infinite, which is reported below
            array = np.ascontiguousarray(array, dtype=wide)
    tensor = torch.from_numpy(array)
    for start in range(0, len(tensor), CHUNK):
        finite = tensor[start : start + CHUNK].isfinite().all(dim=1)
        if not finite.all():
            raise DataError(
                f"{path}: row {first + start + int(finite.int().argmin()) + 1} holds NaN or infinity",
                "every number must be finite",
            )
    return tensor
