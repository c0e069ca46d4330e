"""Labelled images as they lie in a source, before anything is split off, and the three splits made of them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from dlhw.cnn.data import DATA_SEED, Landscapes, Split, assemble
from dlhw.errors import DataError
from dlhw.images.splits import Split as SplitName
from dlhw.plurals import part_of, plural

Labelled = tuple[NDArray[np.uint8], NDArray[np.integer[Any]]]
"""(N, 48, 48, 3) images and (N,) labels."""

PARTS_OF_A_SPLIT = 10


@dataclass(frozen=True, kw_only=True)
class LabelledImages:
    """What a folder or an archive holds."""

    parts: Mapping[SplitName | None, Labelled]
    """The images of each split that is there; under ``None`` where there are no splits."""

    class_names: tuple[str, ...]
    source: str
    """For a person."""

    skipped: tuple[str, ...] = ()
    """Images that could not be read, each with the reason."""

    remarks: tuple[str, ...] = ()
    """What a person should know about the others."""

    def joined(self) -> Split:
        """All images, of whichever split.

        Raises:
            DataError: there are none.
        """
        images = np.concatenate([images for images, _ in self.parts.values()])
        labels = np.concatenate([labels for _, labels in self.parts.values()])
        if not len(labels):
            raise DataError(f"{self.source} holds no image that can be read")
        return Split(images=torch.from_numpy(images), labels=torch.from_numpy(labels.astype(np.int64)))

    def part(self, name: SplitName) -> Split:
        """The images of one split, which must be there."""
        return LabelledImages(parts={name: self.parts[name]}, class_names=self.class_names, source=self.source).joined()


def complete(given: LabelledImages) -> Landscapes:
    """The three splits: those that are there as they are, the others split off, a tenth of each class.

    Raises:
        DataError: there is nothing to train on, or a split is empty.
    """
    arrays: dict[str, Labelled] = {str(name or "train"): labelled for name, labelled in given.parts.items()}
    if "train" not in arrays:
        raise DataError(
            "; ".join([f"{given.source} has {' and '.join(arrays)} images and no training folder", *given.remarks]),
            "a training needs class folders, perhaps within one called train; dlhw cnn eval takes this folder",
        )
    made = [name for name in ("test", "validation") if name not in arrays]
    for name in made:
        arrays["train"], arrays[name] = _split_off(*arrays["train"])
    arrays = {name: arrays[name] for name in ("train", "validation", "test")}
    return assemble(
        arrays,
        class_names=given.class_names,
        source=given.source,
        skipped=given.skipped,
        remarks=(*given.remarks, *_shared(arrays)),
    )


def _shared(arrays: Mapping[str, Labelled]) -> list[str]:
    """A remark for each split that has images of the training split, pixel for pixel."""
    learnt = set(_hashes(arrays["train"][0]))
    remarks = []
    for name in ("validation", "test"):
        hashes = _hashes(arrays[name][0])
        count = sum(each in learnt for each in hashes)
        if count:
            remarks.append(
                f"{part_of(count, len(hashes), f'{name} image')} {plural(count, 'is')} in the training split too, "
                "pixel for pixel: a result on them has no value. Remove the copies, or have them in one split, "
                "by folders train, val and test"
            )
    return remarks


def _hashes(images: NDArray[np.uint8]) -> list[bytes]:
    return [hashlib.blake2b(image.data, digest_size=16).digest() for image in np.ascontiguousarray(images)]


def _split_off(images: NDArray[np.uint8], labels: NDArray[np.integer[Any]]) -> tuple[Labelled, Labelled]:
    """Take a tenth of each class, at least one image but never the last, away from the training ones."""
    generator = np.random.default_rng(DATA_SEED)
    taken = np.zeros(len(labels), dtype=bool)
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        count = min(max(1, round(len(members) / PARTS_OF_A_SPLIT)), len(members) - 1)
        taken[generator.permutation(members)[:count]] = True
    return (images[~taken], labels[~taken]), (images[taken], labels[taken])
