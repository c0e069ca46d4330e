"""Landscapes from an ``.npz`` archive, in the form of the course's own file.

Keys: ``train_images``, ``train_labels``, ``val_images``, ``val_labels``, ``test_images``, ``test_labels``, and
``class_names`` if the classes are not the usual six. Pictures are uint8, (N, 48, 48, 3), or (N, 6912) with each
row flattened in that same order, height × width × channels. Reading such rows as channels × height × width
scrambles the pixels, which costs some 14 points of accuracy and raises no error.
"""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlhw.cnn.data import Landscapes, assemble
from dlhw.cnn.landscapes import CLASS_NAMES
from dlhw.cnn.network import SIDE
from dlhw.errors import DataError

Labelled = tuple[NDArray[np.uint8], NDArray[np.integer[Any]]]
"""(N, 48, 48, 3) pictures and (N,) labels."""

UNREADABLE = (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error)
"""What numpy and zipfile raise for files that are damaged, cut off, or hold Python objects."""

PREFIXES = {"train": "train", "validation": "val", "test": "test"}


def load_archive(path: Path) -> Landscapes:
    """Read an archive, each array once.

    Raises:
        DataError: not an archive, keys are missing, or an array has a wrong shape, type or value.
    """
    try:
        # Opened here, since numpy leaves a file open that turns out to be no archive.
        with path.open("rb") as file:
            archive = np.load(file, allow_pickle=False)
            if not isinstance(archive, np.lib.npyio.NpzFile):
                raise DataError(f"{path} is a single array, and an .npz archive was expected", _keys_hint())
            names, arrays = _read_all(archive, path)
    except UNREADABLE as error:
        raise DataError(f"{path} is not a readable .npz archive: {error}", _keys_hint()) from error
    return assemble(arrays, class_names=names, source=str(path))


def _read_all(archive: Any, path: Path) -> tuple[tuple[str, ...], dict[str, Labelled]]:
    wanted = [f"{prefix}_{kind}" for prefix in PREFIXES.values() for kind in ("images", "labels")]
    missing = [key for key in wanted if key not in archive]
    if missing:
        there = ", ".join(archive.files) or "nothing"
        raise DataError(f"{path} lacks {', '.join(missing)}; it has {there}", _keys_hint())
    names = CLASS_NAMES
    if "class_names" in archive:
        names = tuple(str(name) for name in _read(archive, "class_names", path).reshape(-1))
    arrays = {}
    for split, prefix in PREFIXES.items():
        images, labels = (_read(archive, f"{prefix}_{kind}", path) for kind in ("images", "labels"))
        arrays[split] = _check(images, labels, prefix, path)
    return names, arrays


def _read(archive: Any, key: str, path: Path) -> NDArray[Any]:
    try:
        return np.asarray(archive[key])
    except UNREADABLE as error:
        # numpy refuses to unpickle object arrays, which would run code from the file.
        raise DataError(
            f"{key} of {path} cannot be read: {error}", "save plain numbers (or strings for class_names)"
        ) from error


def _check(images: NDArray[Any], labels: NDArray[Any], prefix: str, path: Path) -> Labelled:
    flat = SIDE * SIDE * 3
    if images.dtype != np.uint8:
        raise DataError(
            f"{prefix}_images of {path} is {images.dtype}, and uint8 was expected",
            "values from 0 to 255; (array * 255).round().astype('uint8') turns 0 to 1 into that",
        )
    if images.shape[1:] not in {(SIDE, SIDE, 3), (flat,)}:
        raise DataError(
            f"{prefix}_images of {path} has the shape {images.shape}; expected (N, {SIDE}, {SIDE}, 3) or (N, {flat})",
            "rows are height × width × channels; array.transpose(0, 2, 3, 1) turns channels-first into that",
        )
    if labels.shape not in {(len(images),), (len(images), 1)}:
        raise DataError(
            f"{prefix}_labels of {path} has the shape {labels.shape}; expected ({len(images)},) for as many pictures"
        )
    if not np.issubdtype(labels.dtype, np.integer):
        raise DataError(f"{prefix}_labels of {path} is {labels.dtype}, and whole numbers were expected")
    return images.reshape(-1, SIDE, SIDE, 3), labels.reshape(-1)


def _keys_hint() -> str:
    keys = ", ".join(f"{prefix}_images, {prefix}_labels" for prefix in PREFIXES.values())
    return f"an archive has {keys}"
