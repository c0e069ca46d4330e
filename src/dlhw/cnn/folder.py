"""Landscapes from a folder of class folders, as people download them (:mod:`dlhw.cnn.layout`)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlhw.cnn.architecture import SIDE
from dlhw.cnn.image_cache import ImageCache
from dlhw.cnn.labelled_images import Labelled, LabelledImages
from dlhw.cnn.layout import class_folders, find_layout
from dlhw.cnn.preprocessing import read_image
from dlhw.errors import DataError
from dlhw.images.names import readable
from dlhw.images.pool import decode_all
from dlhw.images.splits import Split
from dlhw.images.walking import Walked, walk
from dlhw.plurals import counted, plural

Walks = dict[str, Walked]
"""What lies in each class folder of a split."""


CheckClasses = Callable[[tuple[str, ...]], object]


def read_folder(folder: Path, *, strict: bool = False, check_classes: CheckClasses = lambda _: None) -> LabelledImages:
    """Read a folder of class folders.

    Args:
        folder: as :mod:`dlhw.cnn.layout` describes it.
        strict: fail at the first unreadable image instead of skipping and counting it.
        check_classes: is given the names of the classes before any image is decoded, and may raise.

    Raises:
        DataError: there are no class folders, the splits have different ones, a split is empty, or, with
            ``strict``, an image is unreadable.
    """
    layout = find_layout(folder)
    walks = {split: {name: walk(path) for name, path in class_folders(root).items()}
             for split, root in layout.roots.items()}  # fmt: skip
    class_names, remarks = _class_names(walks, layout.roots)
    check_classes(class_names)
    paths: dict[Split | None, list[Path]] = {}
    labels: dict[Split | None, list[int]] = {}
    for split, of_split in walks.items():
        found = [(path, label) for label, name in enumerate(class_names) for path in _images(of_split, name)]
        paths[split], labels[split] = [path for path, _ in found], [label for _, label in found]
        if not found:
            name = split or "train"
            raise DataError(
                f"the {name} split of {readable(folder)} is empty: no images in {readable(layout.roots[split])}",
                _other_files(of_split, folder),
            )
    everything = [path for found in paths.values() for path in found]
    images, skipped, note = _decode(everything, _unusable(walks), strict=strict)
    parts: dict[Split | None, Labelled] = {}
    first = 0
    for split, files in paths.items():
        good = np.array([path not in skipped for path in files])
        parts[split] = images[first : first + len(good)][good], np.array(labels[split], dtype=np.int64)[good]
        first += len(good)
    return LabelledImages(
        parts=parts,
        class_names=class_names,
        source=readable(folder),
        skipped=tuple(skipped[path] for path in sorted(skipped)),
        remarks=(*layout.remarks, *remarks, *([note] if note else [])),
    )


def _class_names(walks: dict[Split | None, Walks], roots: Any) -> tuple[tuple[str, ...], list[str]]:
    """The classes, which are those of the training images, and remarks on class folders without images.

    Raises:
        DataError: another split has further classes.
    """
    learnt = next((split for split in ("train", None) if split in walks), None)
    known = [of_split for split, of_split in walks.items() if split == learnt or learnt not in walks]
    folders = {name for of_split in known for name in of_split}
    names = {name for of_split in known for name, walked in of_split.items() if walked.images}
    remarks = []
    for split, of_split in walks.items():
        strange = [name for name, walked in of_split.items() if name not in (names if walked.images else folders)]
        if strange:
            similar = {name.casefold() for name in names}.intersection(name.casefold() for name in strange)
            raise DataError(
                f"{readable(roots[split])} has the classes {', '.join(strange)}, which {readable(roots[learnt])} lacks",
                "names of classes agree in upper and lower case too" if similar else "",
            )
        # A folder in which there is nothing but dlhw's own runs was never meant as a class.
        empty = [name for name, walked in of_split.items() if not walked.images and not walked.has_runs]
        remarks += [f"{readable(roots[split] / name)} holds no images, and is no class" for name in empty]
    return tuple(sorted(names or folders)), remarks


def _other_files(walks: Walks, folder: Path) -> str:
    """What to do where there are files, and none that is an image by its name."""
    files = [path for walked in walks.values() for path in walked.files]
    if not files:
        return ""
    first = readable(files[0].relative_to(folder))
    return (
        f"there {plural(len(files), 'is')} {counted(len(files), 'file')}, {first} first: give images a suffix as .png"
    )


def _images(walks: Walks, name: str) -> list[Path]:
    return walks[name].images if name in walks else []


def _unusable(walks: dict[Split | None, Walks]) -> dict[Path, str]:
    """Files of formats that cannot be opened, and folders that cannot be listed, each with the reason."""
    everything = [walked for of_split in walks.values() for walked in of_split.values()]
    unusable = {path: reason for walked in everything for path, reason in (*walked.foreign, *walked.closed)}
    return {path: f"{readable(path)} cannot be read: {reason}" for path, reason in unusable.items()}


def _decode(
    paths: list[Path], unusable: dict[Path, str], *, strict: bool
) -> tuple[NDArray[np.uint8], dict[Path, str], str]:
    """Read all images, or take them from the cache; a row of zeros stands for an unreadable one.

    Returns:
        (N, 48, 48, 3) uint8 images, the reason for each path that could not be read, and a note on the cache.
    """

    def attempt(path: Path) -> NDArray[np.uint8] | DataError:
        try:
            return read_image(path, name=readable(path))
        except DataError as error:
            if strict:
                raise DataError(error.message, "leave out `strict` to skip unreadable images") from error
            return error

    if strict and unusable:
        raise DataError(next(iter(unusable.values())), "leave out `strict` to skip unreadable images")
    cache = ImageCache(paths)
    cached, note = cache.read()
    if cached is not None:
        return cached, unusable, note
    images = np.zeros((len(paths), SIDE, SIDE, 3), dtype=np.uint8)
    skipped = dict(unusable)
    for row, (path, result) in enumerate(zip(paths, decode_all(paths, attempt), strict=True)):
        if isinstance(result, DataError):
            skipped[path] = result.message
        else:
            images[row] = result
    if skipped == unusable:  # what was skipped is to be named every time, so only a clean reading is kept
        cache.write(images)
    return images, skipped, note
