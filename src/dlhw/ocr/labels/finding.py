"""Finds the labels in what a person gives as data, by name and by content.

A **label file** is ``labels.tsv``, ``labels.csv``, ``gt.txt``, IAM's ``words.txt`` (perhaps in ``ascii/``), or any file
that is given directly. A folder without one may hold **splits**: folders or tables named ``train``, ``val`` and
``test``, or as :data:`SPLIT_NAMES` has it. Otherwise the labels lie beside the pictures.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from dlhw.errors import DataError
from dlhw.ocr.labels.beside import SUFFIX, has_labels_beside, read_beside
from dlhw.ocr.labels.checking import check_rows
from dlhw.ocr.labels.iam import looks_like_iam, read_iam
from dlhw.ocr.labels.icdar import read_icdar
from dlhw.ocr.labels.rows import Labels, Row, numbered_lines, read_text
from dlhw.ocr.labels.tables import read_table

Split = Literal["train", "validation", "test"]

SPLIT_NAMES: Mapping[Split, tuple[str, ...]] = {
    "train": ("train", "training"),
    "validation": ("val", "valid", "validation"),
    "test": ("test", "testing"),
}
LABEL_FILES = ("labels.tsv", "labels.csv", "gt.txt", "words.txt", "ascii/words.txt")
EXPECTED = (
    "expected a folder with labels.tsv, labels.csv, gt.txt or IAM's words.txt, with NAME.gt.txt beside the pictures, "
    "with the folders train, val and test, or such a label file"
)


def read_labels(source: Path) -> dict[Split | None, Labels]:
    """Read all labels of a folder or a label file.

    Args:
        source: what a person gave as data. No picture outside of it, or outside a label file's folder, is used.

    Returns:
        The labels of each split, or, where there are no splits, all of them under ``None``.

    Raises:
        DataError: there are no labels, several files claim to hold them, or one cannot be read as a whole.
    """
    if source.is_file():
        return {None: _read_file(source, root=source.parent)}
    if not source.is_dir():
        raise DataError(f"there is nothing at {source}", EXPECTED)
    whole = _find_label_file(source)
    if whole:
        return {None: _read_file(whole, root=source)}
    splits = _find_splits(source)
    if splits:
        return {split: _read_part(part, root=source) for split, part in splits.items()}
    return {None: _read_part(source, root=source)}


def _find_label_file(folder: Path) -> Path | None:
    found = [folder / name for name in LABEL_FILES if (folder / name).is_file()]
    # A file of that name may also be a plain list of words.
    found = [path for path in found if path.name != "words.txt" or looks_like_iam(read_text(path))]
    if len(found) > 1:
        names = ", ".join(str(path.relative_to(folder)) for path in found)
        raise DataError(
            f"{folder} has several label files: {names}", "give the one that is meant instead of the folder"
        )
    return found[0] if found else None


def _find_splits(folder: Path) -> dict[Split, Path]:
    """The folders or tables that are splits of ``folder``, by their names."""
    splits: dict[Split, Path] = {}
    for split, names in SPLIT_NAMES.items():
        candidates = [folder / f"{name}{suffix}" for name in names for suffix in ("", ".tsv", ".csv")]
        found = [path for path in candidates if path.is_file() or (path.is_dir() and _has_labels(path))]
        if len(found) > 1:
            names_found = " and ".join(path.name for path in found)
            raise DataError(f"{folder} has more than one {split} split: {names_found}", "leave one of them")
        if found:
            splits[split] = found[0]
    return splits


def _has_labels(folder: Path) -> bool:
    return _find_label_file(folder) is not None or has_labels_beside(folder)


def _read_part(part: Path, *, root: Path) -> Labels:
    """Read one split, or a folder that has none."""
    file = part if part.is_file() else _find_label_file(part)
    if file:
        return _read_file(file, root=root)
    if not has_labels_beside(part):
        raise DataError(f"{part} has no labels", EXPECTED)
    labels, rows = read_beside(part)
    check_rows(rows, labels, root=root)
    return labels


def _read_file(path: Path, *, root: Path) -> Labels:
    labels, rows = _parse(path, read_text(path))
    check_rows(rows, labels, root=root)
    return labels


def _parse(path: Path, text: str) -> tuple[Labels, list[Row]]:
    """Read a label file by its suffix, and a ``.txt`` by what its first line looks like."""
    suffix = path.suffix.lower()
    if suffix in (".tsv", ".csv"):
        return read_table(path, text, tabs=suffix == ".tsv")
    if path.name.endswith(SUFFIX) and path.name != "gt.txt":
        raise DataError(f"{path} is the label of one picture", "give the folder that it lies in")
    if looks_like_iam(text):
        return read_iam(path, text)
    first = next((line for _, line in numbered_lines(text)), "")
    if "\t" in first:
        return read_table(path, text, tabs=True)
    if "," in first or not first:
        return read_icdar(path, text)
    raise DataError(
        f"{path} is no label file: its first line has neither a tab nor a comma",
        "a line is a picture's path, a tab or a comma, and the word in it",
    )
