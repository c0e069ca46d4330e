"""Landscapes from a folder of class folders, as people download them.

Found by name: ``seg_train`` or ``train`` for training, ``seg_test`` or ``test`` for testing, ``seg_val``,
``val`` or ``validation`` for validation, each perhaps nested once more in a folder of its own name, as in Intel's
``seg_train/seg_train/forest``. What is missing is split off the training pictures, a tenth of each class,
by a fixed seed. A folder of class folders alone is split into all three.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs
from numpy.typing import NDArray

from dlhw.cnn.data import DATA_SEED, Landscapes, assemble
from dlhw.cnn.network import SIDE
from dlhw.cnn.pictures import read_picture
from dlhw.errors import DataError
from dlhw.learning.files import write_cache

SPLIT_FOLDERS = {
    "train": ("seg_train", "train", "training"),
    "validation": ("seg_val", "val", "valid", "validation"),
    "test": ("seg_test", "test", "testing"),
}
SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm"}
PARTS_OF_A_SPLIT = 10
CACHE_VERSION = 1


def load_folder(folder: Path, *, strict: bool = False) -> Landscapes:
    """Read a folder of class folders.

    Args:
        folder: as described above.
        strict: fail at the first unreadable picture instead of skipping and counting it.

    Raises:
        DataError: there are no class folders, the splits have different ones, a split is empty, or, with
            ``strict``, a picture is unreadable.
    """
    roots = _find_splits(folder)
    class_names = _class_names(roots["train"])
    paths: dict[str, list[Path]] = {}
    labels: dict[str, NDArray[np.int64]] = {}
    for split, root in roots.items():
        strange = sorted(set(_class_names(root)) - set(class_names))
        if strange:
            raise DataError(f"{root} has the classes {', '.join(strange)}, which {roots['train']} lacks")
        paths[split], labels[split] = _list_pictures(root, class_names)
        if not paths[split]:
            raise DataError(f"the {split} split of {folder} is empty: no pictures in {root}")
    unique = [path for split in paths.values() for path in split]
    images, skipped = _decode(folder, unique, strict=strict)
    arrays: dict[str, tuple[NDArray[np.uint8], NDArray[np.integer[Any]]]] = {}
    first = 0
    for split, split_paths in paths.items():
        readable = np.array([path not in skipped for path in split_paths])
        rows = images[first : first + len(split_paths)]
        arrays[split] = rows[readable], labels[split][readable]
        first += len(split_paths)
    for split in ("test", "validation"):
        if split not in arrays:
            arrays["train"], arrays[split] = _split_off(*arrays["train"])
    return assemble(
        arrays,
        class_names=class_names,
        source=str(folder),
        skipped=tuple(skipped[path] for path in sorted(skipped)),
    )


def _find_splits(folder: Path) -> dict[str, Path]:
    roots = {}
    for split, names in SPLIT_FOLDERS.items():
        found = [_unnested(folder / name) for name in names if (folder / name).is_dir()]
        if len(found) > 1:
            raise DataError(f"{folder} has more than one {split} folder: {', '.join(p.name for p in found)}")
        if found:
            roots[split] = found[0]
    if "train" not in roots:
        if roots:
            raise DataError(
                f"{folder} has {', '.join(p.name for p in roots.values())} and no training folder",
                f"name it {' or '.join(SPLIT_FOLDERS['train'])}",
            )
        roots = {"train": folder}
    return roots


def _unnested(folder: Path) -> Path:
    inner = folder / folder.name
    return inner if inner.is_dir() else folder


def _class_names(root: Path) -> tuple[str, ...]:
    names = tuple(sorted(p.name for p in root.iterdir() if p.is_dir() and not p.name.startswith(".")))
    if not names:
        raise DataError(f"{root} has no class folders", "expected a folder for each class, with its pictures inside")
    return names


def _list_pictures(root: Path, class_names: Sequence[str]) -> tuple[list[Path], NDArray[np.int64]]:
    paths: list[Path] = []
    labels: list[int] = []
    for label, name in enumerate(class_names):
        if not (root / name).is_dir():
            continue
        found = sorted(p for p in (root / name).rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
        paths += found
        labels += [label] * len(found)
    return paths, np.array(labels, dtype=np.int64)


def _decode(folder: Path, paths: list[Path], *, strict: bool) -> tuple[NDArray[np.uint8], dict[Path, str]]:
    """Read all pictures, or take them from the cache; a row of zeros stands for an unreadable one.

    Returns:
        (N, 48, 48, 3) uint8 pictures, and the reason for each path that could not be read.
    """
    cache = _cache_path(folder, paths)
    cached = _read_cache(cache, len(paths))
    if cached is not None:
        return cached, {}

    def attempt(path: Path) -> NDArray[np.uint8] | DataError:
        try:
            return read_picture(path)
        except DataError as error:
            return error

    images = np.zeros((len(paths), SIDE, SIDE, 3), dtype=np.uint8)
    skipped: dict[Path, str] = {}
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # Pillow lets go of the interpreter while it decodes
        for row, (path, result) in enumerate(zip(paths, pool.map(attempt, paths), strict=True)):
            if not isinstance(result, DataError):
                images[row] = result
            elif strict:
                raise DataError(result.message, "leave out --strict to skip unreadable pictures") from result
            else:
                skipped[path] = result.message
    if not skipped:  # what was skipped is to be named every time, so only a clean reading is kept
        buffer = BytesIO()
        np.save(buffer, images)
        write_cache(cache, buffer.getvalue())
    return images, skipped


def _cache_path(folder: Path, paths: Sequence[Path]) -> Path:
    """A file that is another one whenever a picture is added, removed, renamed or changed."""
    digest = hashlib.blake2b(f"{CACHE_VERSION} {SIDE}".encode(), digest_size=16)
    for path in paths:
        status = path.stat()
        digest.update(f"\n{path.relative_to(folder)} {status.st_size} {status.st_mtime_ns}".encode())
    return Path(platformdirs.user_cache_dir("dlhw")) / f"pictures-{digest.hexdigest()}.npy"


def _read_cache(cache: Path, count: int) -> NDArray[np.uint8] | None:
    try:
        images = np.load(cache, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None  # not there, or damaged: the pictures themselves are, and are read again
    return images if images.shape == (count, SIDE, SIDE, 3) and images.dtype == np.uint8 else None


def _split_off(
    images: NDArray[np.uint8], labels: NDArray[np.integer[Any]]
) -> tuple[tuple[NDArray[np.uint8], NDArray[np.integer[Any]]], tuple[NDArray[np.uint8], NDArray[np.integer[Any]]]]:
    """Take a tenth of each class, at least one picture but never the last, away from the training ones."""
    generator = np.random.default_rng(DATA_SEED)
    taken = np.zeros(len(labels), dtype=bool)
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        count = min(max(1, round(len(members) / PARTS_OF_A_SPLIT)), len(members) - 1)
        taken[generator.permutation(members)[:count]] = True
    return (images[~taken], labels[~taken]), (images[taken], labels[taken])
