"""The images that a study learns from: all of a source, or some."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch

from dlhw.cnn.data import DATA_SEED, Landscapes, Split
from dlhw.cnn.sources import PROCEDURAL_SIZES, draw_dataset, load_landscapes
from dlhw.learning.random_streams import torch_generator

TRAINING_IMAGES_A_VALIDATION_IMAGE = 3


def load_subset(source: Path | None, *, images: int | None, strict: bool = False) -> Landscapes:
    """Load images to learn from, the same ones each time, with all test images.

    Args:
        source: as for :func:`dlhw.cnn.sources.load_landscapes`.
        images: how many to learn from at most; ``None`` for all.
        strict: fail at an unreadable image.
    """
    if images is None:
        return load_landscapes(source, strict=strict)
    wanted = {"train": images, "validation": max(1, images // TRAINING_IMAGES_A_VALIDATION_IMAGE)}
    if source is None:  # the others need not be drawn
        fewer = {split: min(count, PROCEDURAL_SIZES[split]) for split, count in wanted.items()}
        return draw_dataset({**PROCEDURAL_SIZES, **fewer})
    data = load_landscapes(source, strict=strict)
    train, validation = (_some(getattr(data, split), count, split) for split, count in wanted.items())
    return replace(data, train=train, validation=validation)


def _some(split: Split, count: int, name: str) -> Split:
    """``count`` images at random: a file may hold one class after the other."""
    if count >= len(split):
        return split
    rows = torch.randperm(len(split), generator=torch_generator(DATA_SEED, f"some of {name}"))[:count].sort().values
    return Split(images=split.images[rows], labels=split.labels[rows])
