"""Finds the labels in what a person gives as data, by name and by content.

A **label file** is one that has a format's name (:mod:`dlhw.ocr.labels.formats`), perhaps in a folder ``labels/``, or
any file that is given directly. A folder without one may hold **splits**: folders or label files that are called
``train``, ``val``, ``test`` or the like, in any wording (:mod:`dlhw.images.splits`). Otherwise the labels lie beside
the images. A column ``split`` of a label file divides its rows.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from dlhw.errors import DataError, no_file
from dlhw.images.formats import explain_holder
from dlhw.images.names import readable
from dlhw.images.splits import KNOWN, Split, split_of, split_word, without_split
from dlhw.images.walking import Walked, has_images, subfolders, walk
from dlhw.ocr.labels.checking import check_rows, note
from dlhw.ocr.labels.formats import BESIDE, LABEL_FILES, SUFFIXES
from dlhw.ocr.labels.formats.format import LabelsBeside, Rows
from dlhw.ocr.labels.formats.name_text import NOTES
from dlhw.ocr.labels.formats.tab import BOXES
from dlhw.ocr.labels.matching import LABEL_FOLDERS, ImageFinder
from dlhw.ocr.labels.rows import Labels, read_text

NAMES = tuple(dict.fromkeys(name for each in LABEL_FILES for name in each.names))

EXPECTED = (
    "expected a folder with labels.tsv, labels.csv, labels.json, metadata.csv, metadata.jsonl, gt.txt or IAM's "
    "words.txt, with NAME.gt.txt or NAME.txt beside the images, or with train, val and test as folders or label files; "
    "or a label file (examples: docs/data.md#words)"
)

Parsed = tuple[Split | None, Rows]
"""The rows of one split."""


def read_labels(source: Path, *, images: Path | None = None) -> dict[Split | None, Labels]:
    """Read all labels of a folder or a label file.

    Args:
        source: what a person gave as data. No image outside of it, or outside a label file's folder, is used; a label
            file in a folder ``labels/`` may name images in the folder above.
        images: a folder in which the images lie, where they do not lie as above.

    Returns:
        The labels of each split, or, where there are no splits, all of them under ``None``.

    Raises:
        DataError: there are no labels, several files claim to hold them, or one cannot be read as a whole.
    """
    if images is not None and not images.is_dir():
        raise DataError(f"{readable(images)} is not a folder", "`images` names the folder that the images lie in")
    if source.is_file():
        root = source.parent
        root = root.parent if root.resolve().name.casefold() in LABEL_FOLDERS else root
        parsed = [*_divided(_parse(source))]
    elif source.is_dir():
        root = source
        parsed = [*_read_folder(source)]
    else:
        raise DataError(no_file(source), EXPECTED)
    finder = ImageFinder(root, images)
    found: dict[Split | None, Labels] = {}
    for split, (labels, rows) in parsed:
        check_rows(rows, labels, finder)
        found[split] = labels
    return found


def _read_folder(folder: Path) -> list[Parsed]:
    whole = _find_label_file(folder)
    if whole:
        return _divided(_parse(whole))
    splits = _find_splits(folder)
    if splits:
        return [(split, _read_part(part)) for split, part in splits.items()]
    inner = _only_folder(folder)
    if inner is not None and not has_images(folder):
        return _read_folder(inner)
    return [(None, _read_part(folder))]


def unused_folders(source: Path) -> list[Path]:
    """Folders with labels beside the splits of a folder, whose names are not those of splits: nothing reads them."""
    if not source.is_dir() or _find_label_file(source):
        return []
    if _find_splits(source):
        return _other_folders(source)
    inner = _only_folder(source)
    return [] if inner is None or has_images(source) else unused_folders(inner)


def _other_folders(folder: Path) -> list[Path]:
    apart = _label_folders(folder)
    return [path for path in subfolders(folder) if not split_of(path.name) and path not in apart and _has_labels(path)]


def _find_label_file(folder: Path) -> Path | None:
    """The one label file of a folder, by its name."""
    found = []
    there = {name.casefold(): folder / name for name in _label_names(folder)}
    holders = _label_folders(folder)
    for holder in holders:
        there |= {f"{holder.name.casefold()}/{name.casefold()}": holder / name for name in _label_names(holder)}
    for name in NAMES:
        for place in (name, *(f"{path.name.casefold()}/{name}" for path in holders)):
            path = there.get(place)
            # A file of that name may also be a plain list of words, or what stands where on pages.
            if path is not None and path.is_file() and path not in found and not _is_something_else(path):
                found.append(path)
    if len(found) > 1:
        names = ", ".join(readable(path.relative_to(folder)) for path in found)
        raise DataError(
            f"{readable(folder)} has several label files: {names}", "give the one that is meant instead of the folder"
        )
    return found[0] if found else None


def _label_names(folder: Path) -> list[str]:
    """The names in a folder that a label file may have, which are few where images are many."""
    return sorted(name for name in os.listdir(folder) if name.lower().endswith(SUFFIXES))  # noqa: PTH208


def _label_folders(folder: Path) -> list[Path]:
    return [path for path in subfolders(folder) if path.name.casefold() in LABEL_FOLDERS]


def _is_something_else(path: Path) -> bool:
    """Whether a file called ``words.txt`` has words alone, or a ``Label.txt`` boxes: then it is not a label file."""
    if path.name.casefold() == "label.txt":
        return BOXES.match(read_text(path)) is not None
    if path.name.casefold() != "words.txt":
        return False
    text = read_text(path)
    return not any(each.suits(path, text) for each in LABEL_FILES if path.name.casefold() in each.names)


def _find_splits(folder: Path) -> dict[Split, Path]:
    """The folders or label files that are splits of ``folder``, by their names."""
    candidates: dict[Split, list[Path]] = {}
    holders = [folder, *_label_folders(folder)]
    files = [holder / name for holder in holders for name in _label_names(holder)]
    families = Counter(without_split(path.stem) for path in files if split_word(path.stem))
    for path in files:
        # Words that dlhw does not know may stand beside the split's, where another file has the same ones.
        split = split_of(path.stem) or (split_word(path.stem) if families[without_split(path.stem)] > 1 else None)
        if split and path.is_file() and _suiting(path, read_text(path)) is not None:
            candidates.setdefault(split, []).append(path)
    for path in subfolders(folder):
        split = split_of(path.name)
        if split and path not in holders and _has_labels(path):
            candidates.setdefault(split, []).append(path)
    for split, found in candidates.items():
        if len(found) > 1:
            both = " and ".join(readable(path.relative_to(folder)) for path in found)
            raise DataError(f"{readable(folder)} has more than one {split} split: {both}", "leave one of them")
    order: tuple[Split, ...] = ("train", "validation", "test")
    return {split: candidates[split][0] for split in order if split in candidates}


def _has_labels(folder: Path) -> bool:
    inner = _only_folder(folder)
    if _find_label_file(folder) is not None or _beside(walk(folder)) is not None:
        return True
    return inner is not None and _has_labels(inner)


def _only_folder(folder: Path) -> Path | None:
    """The only folder within a folder, such as the inner one of ``train/train``."""
    inside = subfolders(folder)
    return inside[0] if len(inside) == 1 else None


def _read_part(part: Path) -> Rows:
    """Read one split, or a folder that has none."""
    file = part if part.is_file() else _find_label_file(part)
    if file:
        labels, rows = _parse(file)
        return labels, [replace(row, split=None) for row in rows]
    walked = walk(part)
    beside = _beside(walked)
    if beside is not None:
        return beside.read(walked)
    inner = _only_folder(part)
    if inner is None or not _has_labels(inner):
        raise DataError(f"{readable(part)} has no labels", f"{_may_be_meant(part)}{EXPECTED}")
    return _read_part(inner)


def _may_be_meant(folder: Path) -> str:
    """Files of other names that can be read as label files."""
    names = [name for name in _label_names(folder) if not NOTES.fullmatch(Path(name).stem)]
    found = [name for name in names if (path := folder / name).is_file() and _suiting(path, read_text(path))]
    if found:
        return f"{', '.join(found[:3])} may be meant: give it instead of the folder; or "
    for path in sorted(folder.iterdir()):
        if (holder := explain_holder(path.name)) and path.is_file():
            return f"{readable(path.name)} is {holder[0]}: {holder[1]}; or "
    unknown = [readable(path.name) for path in _other_folders(folder)]
    return f"{', '.join(unknown[:3])} may be a split: those are called {KNOWN}; or " if unknown else ""


def _beside(walked: Walked) -> LabelsBeside | None:
    """The format of the labels that lie beside the images of a folder and below."""
    return next((each for each in BESIDE if each.applies(walked)), None)


def _parse(path: Path) -> Rows:
    text = read_text(path)
    for each in BESIDE:
        if path.name.casefold().endswith(each.suffix) and each.suffix != ".txt" and path.name != "gt.txt":
            raise DataError(f"{readable(path)} is the label of one image", "give the folder that it lies in")
    if BOXES.match(text):
        raise DataError(
            f"{readable(path)} says where on pages texts stand, as PPOCRLabel notes it, and an image of each word was "
            "expected",
            "have PPOCRLabel export the recognition results, and give the rec_gt.txt that it then writes",
        )
    read = _suiting(path, text)
    if read is None:
        raise DataError(
            f"{readable(path)} is not a label file: its first line has neither a tab nor a comma, nor an image's name "
            "before a space",
            "a line is an image's path, a tab, a comma or a space, and the word in it",
        )
    return read(path, text)


def _suiting(path: Path, text: str) -> Callable[[Path, str], Rows] | None:
    """What reads a label file of this content: a format that alone has the file's name, else the first that suits."""
    named = [each for each in LABEL_FILES if path.name.casefold() in each.names]
    asked = (*named, *LABEL_FILES) if len(named) == 1 else LABEL_FILES
    return next((each.read for each in asked if each.suits(path, text)), None)


def _divided(parsed: Rows) -> list[Parsed]:
    """The rows of each split that a column names, or all rows where there is no such column."""
    labels, rows = parsed
    if all(row.split is None for row in rows):
        return [(None, parsed)]
    parts: dict[Split | None, Rows] = {}
    for row in rows:
        split = split_of(row.split or "")
        if split is None:
            detail = f"its split is “{row.split or ''}”, and train, validation or test was expected"
            labels.rejected.append(note(row, "row not understood", detail))
            continue
        parts.setdefault(split, (Labels(format=labels.format), []))[1].append(row)
    if not parts:
        return [(None, (labels, []))]
    first = parts[next(iter(parts))][0]
    first.rejected += labels.rejected
    first.skipped += labels.skipped
    return [*parts.items()]
