"""How the images of a folder lie: which of its folders are splits, and which are classes.

A **split** is a folder that is called ``train``, ``valid``, ``test`` or the like (:mod:`dlhw.images.splits`) and holds
folders, perhaps nested once more in one of its own name, as in Intel's ``seg_train/seg_train/forest``. A **class** is a
folder that holds images, whatever its name: ``train`` beside ``bus`` and ``plane`` is one. A folder with a single
folder in it is looked through.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from dlhw.errors import DataError
from dlhw.images.names import normalized, readable
from dlhw.images.splits import KNOWN, Split, split_of
from dlhw.images.walking import has_images, subfolders

EXPECTED = (
    "expected a folder for each class, with its images inside, perhaps within train, valid and test "
    "(examples: docs/data.md#landscapes)"
)
WRAPPERS = {"data", "dataset", "images", "imgs", "pictures", "photos", "classes"}
"""Names of folders between a split and its classes."""

Kind = Literal["split", "class", "either", "empty"]


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Where the images are."""

    folder: Path
    roots: Mapping[Split | None, Path]
    """The folder of each split; that of all classes under ``None`` where there are no splits."""

    remarks: tuple[str, ...]
    """What was left aside."""


def find_layout(folder: Path) -> Layout:
    """Find the splits of a folder.

    Raises:
        DataError: it cannot be listed, two folders are the same split, or a split holds images without classes.
    """
    try:
        top = _looked_through(folder)
        named = {path: split for path in subfolders(top) if (split := split_of(path.name))}
        others = [path for path in subfolders(top) if path not in named]
        kinds = {path: _kind(path) for path in named}
        if not _are_splits(folder, kinds, others):
            return Layout(folder=folder, roots={None: top}, remarks=_unknown_splits(top))
        roots: dict[Split | None, Path] = {}
        for path, split in named.items():
            if split in roots:
                both = sorted((readable(roots[split].name), readable(path.name)))
                raise DataError(f"{readable(folder)} has more than one {split} folder: {', '.join(both)}", "leave one")
            roots[split] = path
        roots = {split: _unnested(path) for split, path in roots.items()}
    except OSError as error:
        raise DataError(f"{readable(folder)} cannot be read: {error.strerror or error}") from error
    known = f" ({KNOWN})" if {"train", "validation", "test"} - roots.keys() else ""  # one may be meant that is missing
    aside = [f"{readable(path.name)} is not used: its name is not that of a split{known}" for path in others]
    stray = [
        f"images that lie directly in {readable(path)}, in no class folder, are not used"
        for path in roots.values()
        if has_images(path)
    ]
    return Layout(folder=folder, roots=roots, remarks=(*aside, *stray))


def class_folders(root: Path) -> dict[str, Path]:
    """The class folders of a split by their names, in order. Names are compared in Unicode's composed form.

    Raises:
        DataError: there are none, or two names look the same.
    """
    folders: dict[str, Path] = {}
    for path in subfolders(root):
        name = normalized(readable(path.name))
        if name in folders:
            raise DataError(
                f"{readable(root)} has two folders called {name}, in different Unicode forms or bytes",
                "put their images into one",
            )
        folders[name] = path
    if not folders:
        raise DataError(f"{readable(root)} has no class folders", EXPECTED)
    return dict(sorted(folders.items()))


def _unknown_splits(top: Path) -> tuple[str, ...]:
    """A remark where every class folder holds the same folders of images: splits in another language, perhaps."""
    classes = subfolders(top)
    if len(classes) < 2 or any(map(has_images, classes)):
        return ()
    inside = [{readable(path.name) for path in subfolders(each) if has_images(path)} for each in classes]
    if len(inside[0]) < 2 or any(names != inside[0] for names in inside):
        return ()
    each = " and ".join(readable(path.name) for path in classes)
    return (
        f"{each} of {readable(top)} all hold the folders {', '.join(sorted(inside[0]))}, and are taken as classes; "
        "if they are splits, call them train, val and test",
    )


def _are_splits(folder: Path, kinds: Mapping[Path, Kind], others: list[Path]) -> bool:
    """Whether folders that are named like splits are some. Their contents say so, or that nothing else is there."""
    if not kinds or ("split" not in kinds.values() and others):
        return False
    flat = [readable(path.name) for path, kind in kinds.items() if kind == "class"]
    if flat:
        raise DataError(f"{' and '.join(flat)} of {readable(folder)} hold images and no class folders", EXPECTED)
    return True


def _kind(path: Path) -> Kind:
    inside, images = subfolders(path), has_images(path)
    if images:
        return "either" if any(map(has_images, inside)) else "class"
    return "split" if inside else "empty"


def _looked_through(folder: Path) -> Path:
    """The first folder that has images, or several folders, or a split in it."""
    while True:
        inside = subfolders(folder)
        if len(inside) != 1 or has_images(folder) or split_of(inside[0].name) or _kind(inside[0]) != "split":
            return folder
        folder = inside[0]


def _unnested(split: Path) -> Path:
    """The folder that holds the classes of a split."""
    while True:
        inside = subfolders(split)
        same = [path for path in inside if path.name.casefold() == split.name.casefold()]
        if not same and len(inside) == 1 and inside[0].name.casefold() in WRAPPERS:
            same = inside
        if len(same) != 1 or _kind(same[0]) != "split":
            return split
        split = same[0]
