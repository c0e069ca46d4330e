"""Landscape images to learn from, and what every source of them must keep to."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dlhw.cnn.architecture import SIDE
from dlhw.errors import DataError

DATA_SEED = 42
"""Seeds the procedural landscapes and the splits of a folder. It is not ``--seed``: every seed of a
network learns from the same images."""


@dataclass(frozen=True, kw_only=True)
class Split:
    """Images with their labels."""

    images: Tensor
    """(N, 48, 48, 3) uint8, RGB."""

    labels: Tensor
    """(N,) int64, an index of ``class_names``."""

    def __len__(self) -> int:
        return len(self.labels)

    def to(self, device: torch.device) -> Self:
        """The same split on ``device``, where it stays: 7 kB an image."""
        return type(self)(images=self.images.to(device), labels=self.labels.to(device))


@dataclass(frozen=True, kw_only=True)
class Landscapes:
    """The three splits, and where they come from."""

    train: Split
    validation: Split
    test: Split
    class_names: tuple[str, ...]

    source: str
    """Where the images come from, for a person."""

    skipped: tuple[str, ...] = ()
    """Images that could not be read, each with the reason."""

    remarks: tuple[str, ...] = ()
    """What a person should know about the others."""

    def to(self, device: torch.device) -> Landscapes:
        """The same images on ``device``."""
        return replace(
            self, train=self.train.to(device), validation=self.validation.to(device), test=self.test.to(device)
        )

    def describe(self) -> dict[str, Any]:
        """``source``, the number of images in each split, how many could not be read, and the classes."""
        sizes = {"train": len(self.train), "validation": len(self.validation), "test": len(self.test)}
        return {"source": self.source, **sizes, "skipped": len(self.skipped), "classes": list(self.class_names)}

    def fingerprint(self) -> str:
        """A hash of all images and labels, by which a resumed run knows that they are the same."""
        digest = hashlib.blake2b(digest_size=16)
        for split in (self.train, self.validation, self.test):
            digest.update(split.images.cpu().numpy().data)
            digest.update(split.labels.cpu().numpy().data)
        return digest.hexdigest()


def assemble(
    arrays: Mapping[str, tuple[NDArray[np.uint8], NDArray[np.integer[Any]]]],
    *,
    class_names: tuple[str, ...],
    source: str,
    skipped: tuple[str, ...] = (),
    remarks: tuple[str, ...] = (),
) -> Landscapes:
    """Check what every source must keep to, and turn arrays into tensors.

    Args:
        arrays: for ``train``, ``validation`` and ``test``: (N, 48, 48, 3) uint8 images, (N,) labels.

    Raises:
        DataError: a split is empty, a label is out of range, or the training images are of one class.
    """
    splits = {}
    for name, (images, labels) in arrays.items():
        if images.shape[1:] != (SIDE, SIDE, 3) or len(images) != len(labels):
            raise ValueError(f"{name}: images {images.shape} and labels {labels.shape} do not fit")
        if not len(labels):
            raise DataError(
                f"the {name} split of {source} is empty",
                "every split needs at least one image; where dlhw splits, a class needs three images or more",
            )
        if labels.min() < 0 or labels.max() >= len(class_names):
            wrong = labels[(labels < 0) | (labels >= len(class_names))][0]
            raise DataError(
                f"a {name} label of {source} is {wrong}, and labels go from 0 to {len(class_names) - 1}",
                f"the classes are {', '.join(class_names)}",
            )
        splits[name] = Split(
            images=torch.from_numpy(np.ascontiguousarray(images)),
            labels=torch.from_numpy(labels.astype(np.int64)),
        )
    if splits["train"].labels.min() == splits["train"].labels.max():
        only = class_names[int(splits["train"].labels[0])]
        raise DataError(f"all training images of {source} are of one class, {only}", "two classes at least")
    unseen = set(range(len(class_names))) - set(splits["train"].labels.tolist())
    remarks += tuple(f"no training image shows {class_names[label]}" for label in sorted(unseen))
    return Landscapes(**splits, class_names=class_names, source=source, skipped=skipped, remarks=remarks)
