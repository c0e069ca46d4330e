"""Landscapes from an ``.npz`` archive, in the form of the course's own file, of MedMNIST's or of Keras'.

Keys: ``train_images``, ``train_labels``, the same with ``val`` and ``test``, and ``class_names``. Without the latter,
the classes are the usual six where images are 48×48 in colour and labels reach 5; any others are numbered, from 0 to
the highest training label. Labels are (N,), or Keras' rows of zeros with a one. ``x_train``, ``y_train`` and so on are
taken for the same; a split that is missing is split off. Images are uint8: (N, H, W, 3) or grey (N, H, W), scaled to
48×48, or (N, 6912) with each row flattened in that same order, height × width × channels. Reading such rows as
channels × height × width scrambles the pixels, which costs some 14 points of accuracy and raises no error.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dlhw.cnn.architecture import SIDE
from dlhw.cnn.labelled_images import Labelled, LabelledImages
from dlhw.cnn.landscapes import CLASS_NAMES
from dlhw.cnn.preprocessing import squared
from dlhw.errors import DataError
from dlhw.images.names import normalized
from dlhw.images.npz import Npz, open_npz
from dlhw.images.splits import WORDS, Split

IMAGES = ("{}_images", "x_{}", "{}_x", "images_{}")
LABELS = ("{}_labels", "y_{}", "{}_y", "labels_{}")
UNDIVIDED = {"images": "labels", "x": "y"}
"""Keys of an archive without splits."""

HINT = (
    "an archive has train_images, train_labels, val_images, val_labels, test_images, test_labels; "
    "or x_train, y_train, x_test, y_test"
)

Keys = dict[Split | None, tuple[str, str]]
"""The keys of the images and the labels of each split."""

Raw = tuple[NDArray[np.uint8], NDArray[np.integer[Any]], int | None]
"""Images, (N,) labels, and of rows with a one for each image their length."""


def read_archive(path: Path) -> LabelledImages:
    """Read an archive, each array once.

    Raises:
        DataError: not an archive, keys are missing, an array has a wrong shape, type or value, is larger than allowed,
            or two classes have one name.
    """
    with open_npz(path, HINT) as archive:
        keys = _find_keys(archive)
        names = _class_names(archive)
        raw: dict[Split | None, Raw] = {}
        for split, (images, labels) in keys.items():
            found = _check_images(archive.read(images), images, path)
            raw[split] = found, *_check_labels(archive.read(labels), len(found), labels, path)
    shapes = {images.shape[1:]: f"{keys[split][0]} of {path} has the shape {images.shape}"
              for split, (images, *_) in raw.items()}  # fmt: skip
    if len(shapes) > 1:
        raise DataError("; ".join(shapes.values()), "all images of an archive have one size")
    remarks: tuple[str, ...] = ()
    if names is None:
        names, remark = _names_of(raw, usual=next(iter(shapes)) == (SIDE, SIDE, 3), path=path)
        remarks = (remark,)
    _check_columns(raw, names, keys, path)
    parts: dict[Split | None, Labelled] = {
        split: (_scaled(images), labels) for split, (images, labels, _) in raw.items()
    }
    return LabelledImages(parts=parts, class_names=names, source=str(path), remarks=remarks)


def _find_keys(archive: Npz) -> Keys:
    held = {name.casefold(): name for name in archive.names}
    keys: Keys = {}
    for word, split in WORDS.items():
        for image_key, label_key in zip(IMAGES, LABELS, strict=True):
            _pair(archive, held, keys, split, (image_key.format(word), label_key.format(word)))
    if not keys:
        for image_key, label_key in UNDIVIDED.items():
            _pair(archive, held, keys, None, (image_key, label_key))
    if not keys:
        there = ", ".join(archive.names) or "nothing"
        raise DataError(f"{archive.path} lacks train_images, train_labels; it has {there}", HINT)
    return keys


def _pair(archive: Npz, held: dict[str, str], keys: Keys, split: Split | None, wanted: tuple[str, str]) -> None:
    """Note the two keys of a split, if they are there."""
    missing = [key for key in wanted if key not in held]
    if len(missing) == len(wanted):
        return
    if missing:
        raise DataError(f"{archive.path} lacks {missing[0]}; it has {', '.join(archive.names)}", HINT)
    images, labels = (held[key] for key in wanted)
    if split in keys:
        raise DataError(f"{archive.path} has {keys[split][0]} and {images}, which are the same split", "leave one")
    keys[split] = images, labels


def _class_names(archive: Npz) -> tuple[str, ...] | None:
    if "class_names" not in archive.names:
        return None
    held = archive.read("class_names").reshape(-1).tolist()
    names = [normalized(name.decode(errors="replace") if isinstance(name, bytes) else str(name)) for name in held]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise DataError(
            f"class_names of {archive.path} has {', '.join(map(repr, twice))} twice",
            "give every class a name of its own: classes are distinguished by their names",
        )
    return tuple(names)


def _names_of(raw: dict[Split | None, Raw], *, usual: bool, path: Path) -> tuple[tuple[str, ...], str]:
    """Names for the classes of an archive without ``class_names``, and a remark that says which were assumed.

    Args:
        raw: what it holds.
        usual: whether the images are as those of the usual six classes, 48×48 in colour.
        path: of the archive.
    """
    counts = {split: columns or int(labels.max(initial=0)) + 1 for split, (_, labels, columns) in raw.items()}
    if usual and max(counts.values()) == len(CLASS_NAMES):
        return CLASS_NAMES, f"{path} has no class_names: labels 0 to 5 are taken for {', '.join(CLASS_NAMES)}"
    count = counts.get("train", max(counts.values()))  # as in a folder, no other split has classes besides
    if count > 10_000:
        raise DataError(f"a label is {count - 1:,}, and classes are numbered from 0", "give the archive class_names")
    numbers = tuple(map(str, range(max(count, 1))))
    return numbers, f"{path} has no class_names: its classes are numbered, 0 to {numbers[-1]}"


def _check_columns(raw: dict[Split | None, Raw], names: tuple[str, ...], keys: Keys, path: Path) -> None:
    for split, (_, _, columns) in raw.items():
        if columns and columns != len(names):
            raise DataError(
                f"{keys[split][1]} of {path} has {columns} columns for {len(names)} classes, {', '.join(names)}",
                "a row of labels has a column for each class, in every split",
            )


def _check_images(images: NDArray[Any], key: str, path: Path) -> NDArray[np.uint8]:
    """Images as (N, H, W, 3) or (N, H, W)."""
    if images.dtype != np.uint8:
        to_one = images.dtype.kind == "f" and images.size and float(images.max()) <= 1
        turned = "(array * 255).round().astype('uint8')" if to_one else "array.astype('uint8')"
        values = "0 to 1" if to_one else "values from 0 to 255"
        raise DataError(
            f"{key} of {path} is {images.dtype}, and uint8 was expected", f"{turned} turns {values} into that"
        )
    if images.ndim == 2 and images.shape[1] == SIDE * SIDE * 3:
        return images.reshape(-1, SIDE, SIDE, 3)
    if images.ndim == 4 and images.shape[3] == 1:
        images = images[..., 0]
    if images.ndim not in (3, 4) or (images.ndim == 4 and images.shape[3] != 3) or 0 in images.shape[1:]:
        raise DataError(
            f"{key} of {path} has the shape {images.shape}; expected (N, H, W, 3), grey (N, H, W), "
            f"or (N, {SIDE * SIDE * 3}) for {SIDE}×{SIDE} in colour",
            "rows are height × width × channels; array.transpose(0, 2, 3, 1) turns channels-first into that "
            "(docs/question2.md#the-reshape-trap)",
        )
    return images


def _check_labels(
    labels: NDArray[Any], count: int, key: str, path: Path
) -> tuple[NDArray[np.integer[Any]], int | None]:
    """Labels as (N,), and how many columns they had where a row had a one among zeros, as Keras writes them."""
    if labels.ndim == 2 and len(labels) == count and labels.shape[1] > 1 and labels.dtype.kind in "biuf":
        wrong = np.flatnonzero(((labels != 0) & (labels != 1)).any(1) | ((labels == 1).sum(1) != 1))
        if len(wrong):
            raise DataError(
                f"{key} of {path} has the shape {labels.shape}, and row {wrong[0]} (from 0) is not one 1 among zeros",
                "a row of labels has a 1 for the image's one class; or give whole numbers, as array.argmax(1)",
            )
        return labels.argmax(1), labels.shape[1]
    if labels.shape not in {(count,), (count, 1)}:
        raise DataError(
            f"{key} of {path} has the shape {labels.shape}; expected ({count},) for as many images",
            "a label is a whole number, or a row with a one among zeros",
        )
    if not np.issubdtype(labels.dtype, np.integer):
        raise DataError(
            f"{key} of {path} is {labels.dtype}, and whole numbers were expected",
            "numpy.unique(array, return_inverse=True) gives names their numbers",
        )
    return labels.reshape(-1), None


def _scaled(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(N, 48, 48, 3), cut and scaled as images from files are."""
    if images.shape[1:] == (SIDE, SIDE, 3):
        return images
    scaled = np.empty((len(images), SIDE, SIDE, 3), dtype=np.uint8)
    for row, image in enumerate(images):
        scaled[row] = squared(Image.fromarray(image).convert("RGB"))
    return scaled
