"""Finds the image file that a row of a label file names, or says why there is none.

Names are taken from the label file's folder, and, where nothing is there, from the folders in which images lie beside
label files: ``images/`` within, the folder above ``labels/``, a folder called like the label file or like its split.
Names that look the same, in another of Unicode's forms or with ``\\`` for ``/``, are the same. A name may begin further
up, in the folder that holds the data folder, or on another computer: what follows the data folder's own name counts.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator
from pathlib import Path

from dlhw.images.formats import SUFFIXES
from dlhw.images.names import normalized, readable
from dlhw.images.splits import split_word
from dlhw.images.walking import walk
from dlhw.ocr.labels.rows import Fault, Row

LABEL_FOLDERS = {"labels", "label", "annotations", "annotation", "gt", "ground_truth", "ascii"}
"""Folders that hold label files, beside those that hold images."""

IMAGE_FOLDERS = {"images", "image", "imgs", "img", "pictures", "crops", "data"}

Problem = tuple[Fault, str]


class ImageFinder:
    """Finds images within a data folder.

    Args:
        root: the data folder, which no path may leave, not even by a link.
        images: a folder that a person named for the images, wherever it lies.
    """

    def __init__(self, root: Path, images: Path | None = None) -> None:
        self._images = images
        self._root = root
        self._tops = [os.path.realpath(top) for top in (root, images) if top is not None]
        # A folder's links are followed once, not for each of its images, and its names are read once.
        self._real = functools.cache(os.path.realpath)
        self._names = functools.cache(_names)
        self._bases = functools.cache(self._find_bases)
        self._look_alikes = functools.cache(_look_alikes)
        self._folders = functools.cache(_folders)
        self._everywhere = functools.cache(lambda: _by_name(root))

    def find(self, row: Row) -> tuple[Path, Problem | None]:
        """The file that a row means, links followed, and what is wrong with it."""
        if not row.image or "\0" in row.image:
            return row.file, ("row not understood", "it names no image")
        first: tuple[Path, Problem | None] | None = None
        for name in dict.fromkeys(self._spellings(row.image)):
            for base in self._bases(row.file):
                path, problem = self._look(base / name)
                if problem is None:
                    return path, None
                first = first or (path, problem)
        assert first is not None
        path, (kind, detail) = first[0], first[1] or ("no such image", "")
        return path, (kind, detail or self._explain(row)) if kind == "no such image" else (kind, detail)

    def _spellings(self, image: str) -> Iterator[str]:
        """The name as it is written, with ``/`` between folders, and from the data folder on."""
        yield image
        slashed = image.replace("\\", "/")
        yield slashed
        folders = slashed.split("/")[:-1]
        for place, folder in enumerate(folders):
            if folder and folder == self._root_name:
                yield "/".join(slashed.split("/")[place + 1 :])

    @functools.cached_property
    def _root_name(self) -> str:
        return Path(self._tops[0]).name

    def _look(self, written: Path) -> tuple[Path, Problem | None]:
        # Strings, not paths: this is done for every row, and is four times as fast.
        folder, name = self._real(written.parent), written.name
        path = os.path.join(folder, name)  # noqa: PTH118
        try:
            if name == ".." or os.path.islink(path):  # noqa: PTH114
                path = os.path.realpath(path)
            found = os.path.isfile(path)  # noqa: PTH113
            if not found and not name.isascii():
                same = self._names(folder).get(normalized(name), [])
                found = len(same) == 1
                path = os.path.join(folder, same[0]) if found else path  # noqa: PTH118
        except (OSError, ValueError) as error:  # a name that is too long, a folder that may not be searched
            return Path(path), ("no such image", getattr(error, "strerror", None) or "")
        if not any(f"{path}/".startswith(f"{top.rstrip('/')}/") for top in self._tops):
            return Path(path), ("outside the data folder", f"it leads to {path}")
        return Path(path), None if found else ("no such image", "")

    def _find_bases(self, file: Path) -> list[Path]:
        """The folders from which a label file may name its images, the likeliest first."""
        if self._images is not None:
            return [self._images, file.parent]
        tops = [file.parent, *([file.parent.parent] if file.parent.name.casefold() in LABEL_FOLDERS else [])]
        bases = []
        for top in tops:
            split = split_word(file.stem)
            within = [
                top / name
                for name in self._folders(top)
                if name.casefold() in IMAGE_FOLDERS or (split and split_word(name) == split)
            ]
            within += [base / name for base in within if len(inner := self._folders(base)) == 1 for name in inner]
            bases += [top, *within, *(base / file.stem for base in (top, *within) if (base / file.stem).is_dir())]
        return bases

    def _explain(self, row: Row) -> str:
        """Why no image has this name: what is there instead that looks like it."""
        for base in self._bases(row.file):
            written = base / row.image.replace("\\", "/")
            look_alikes = self._look_alikes(self._real(written.parent))
            name = normalized(written.name)
            if there := look_alikes.get(name.casefold()):
                return f"there is {there}, and upper and lower case differ"
            stem, suffix = os.path.splitext(name)  # noqa: PTH122 (a name, not a path)
            if there := look_alikes.get(f"{name.casefold()}.*"):
                return f"there is {there}, and the row leaves out {Path(there).suffix}"
            if suffix and (there := look_alikes.get(f"{stem.casefold()}.*")):
                return f"there is {there}, with another suffix"
        if places := self._everywhere().get(normalized(row.image.replace("\\", "/")).rpartition("/")[2]):
            return f"there is {places[0]}" + (" and others of that name" if len(places) > 1 else "")
        if row.line == 1 and "." not in row.image:
            return "if the row is a header, call its columns path and text"
        return ""


def _names(folder: str) -> dict[str, list[str]]:
    """The names in a folder by their composed forms; none where it cannot be listed."""
    names: dict[str, list[str]] = {}
    try:
        for name in sorted(os.listdir(folder)):  # noqa: PTH208 (names alone, of a folder that may have a million)
            names.setdefault(normalized(name), []).append(name)
    except OSError:
        pass
    return names


def _look_alikes(folder: str) -> dict[str, str]:
    """The names in a folder by their lower case, and the images' by their stems with ``.*``."""
    found: dict[str, str] = {}
    for name, there in _names(folder).items():
        found.setdefault(name.casefold(), there[0])
        stem, suffix = os.path.splitext(name)  # noqa: PTH122 (a name, not a path)
        if suffix.lower() in SUFFIXES:
            found.setdefault(f"{stem.casefold()}.*", there[0])
    return found


def _by_name(root: Path) -> dict[str, list[str]]:
    """Where images of a name lie, from the data folder on."""
    found: dict[str, list[str]] = {}
    for path in walk(root).images:
        found.setdefault(normalized(path.name), []).append(readable(path.relative_to(root)))
    return found


def _folders(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in entries if entry.is_dir())
    except OSError:
        return []
