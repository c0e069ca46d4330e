"""Finds the image file that a row of a label file names, or says why there is none.

Names are taken from the label file's folder, and, where nothing is there, from the folders in which images lie beside
label files: ``images/`` within, the folder above ``labels/``, a folder called like the label file. Names that look the
same, in another of Unicode's forms or with ``\\`` for ``/``, are the same.
"""

from __future__ import annotations

import functools
import os
from pathlib import Path

from dlhw.images.formats import SUFFIXES
from dlhw.images.names import normalized
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
        self._tops = [os.path.realpath(top) for top in (root, images) if top is not None]
        # A folder's links are followed once, not for each of its images, and its names are read once.
        self._real = functools.cache(os.path.realpath)
        self._names = functools.cache(_names)
        self._bases = functools.cache(self._find_bases)

    def find(self, row: Row) -> tuple[Path, Problem | None]:
        """The file that a row means, links followed, and what is wrong with it."""
        if not row.image or "\0" in row.image:
            return row.file, ("row not understood", "it names no picture")
        first: tuple[Path, Problem | None] | None = None
        for name in dict.fromkeys((row.image, row.image.replace("\\", "/"))):
            for base in self._bases(row.file):
                path, problem = self._look(base / name)
                if problem is None:
                    return path, None
                first = first or (path, problem)
        assert first is not None
        path, (kind, detail) = first[0], first[1] or ("no such picture", "")
        return path, (kind, detail or self._explain(row)) if kind == "no such picture" else (kind, detail)

    def _look(self, written: Path) -> tuple[Path, Problem | None]:
        path = Path(self._real(written.parent), written.name)
        try:
            if written.name == ".." or path.is_symlink():
                path = Path(os.path.realpath(path))
            found = path.is_file()
            if not found and not written.name.isascii():
                same = self._names(path.parent).get(normalized(written.name))
                found = same is not None and len(same) == 1
                path = path.with_name(same[0]) if same is not None and found else path
        except (OSError, ValueError) as error:  # a name that is too long, a folder that may not be searched
            return path, ("no such picture", getattr(error, "strerror", None) or "")
        if not any(path.is_relative_to(top) for top in self._tops):
            return path, ("outside the data folder", f"it leads to {path}")
        return path, None if found else ("no such picture", "")

    def _find_bases(self, file: Path) -> list[Path]:
        """The folders from which a label file may name its images, the likeliest first."""
        if self._images is not None:
            return [self._images, file.parent]
        tops = [file.parent, *([file.parent.parent] if file.parent.name.casefold() in LABEL_FOLDERS else [])]
        bases = []
        for top in tops:
            within = [top / name for name in _folders(top) if name.casefold() in IMAGE_FOLDERS]
            bases += [top, *within, *(base / file.stem for base in (top, *within) if (base / file.stem).is_dir())]
        return bases

    def _explain(self, row: Row) -> str:
        """Why no image has this name: what is there instead that looks like it."""
        name = row.image.replace("\\", "/")
        for base in self._bases(row.file):
            written = base / name
            names = [each for same in self._names(Path(self._real(written.parent))).values() for each in same]
            folded = normalized(written.name).casefold()
            for there in names:
                if normalized(there).casefold() == folded:
                    return f"there is {there}, and upper and lower case differ"
                stem, suffix = os.path.splitext(normalized(there))  # noqa: PTH122 (a name, not a path)
                if suffix.lower() in SUFFIXES and stem.casefold() == folded:
                    return f"there is {there}, and the row leaves out {suffix}"
                if suffix.lower() in SUFFIXES and stem == os.path.splitext(written.name)[0]:  # noqa: PTH122
                    return f"there is {there}, with another suffix"
        if row.line == 1 and "." not in row.image:
            return "if the row is a header, call its columns path and text"
        return ""


def _names(folder: Path) -> dict[str, list[str]]:
    """The names in a folder by their composed forms; none where it cannot be listed."""
    names: dict[str, list[str]] = {}
    try:
        for name in sorted(os.listdir(folder)):  # noqa: PTH208 (names alone, of a folder that may have a million)
            names.setdefault(normalized(name), []).append(name)
    except OSError:
        pass
    return names


def _folders(folder: Path) -> list[str]:
    try:
        return sorted(path.name for path in folder.iterdir() if path.is_dir())
    except OSError:
        return []
