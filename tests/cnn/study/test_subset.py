from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from dlhw.cnn.data import Split
from dlhw.cnn.landscapes import draw_landscapes
from dlhw.cnn.sources import load_landscapes
from dlhw.cnn.study.study import load_subset


def labelled(split: Split) -> set[tuple[bytes, int]]:
    """Every image with its label."""
    return {(image.numpy().tobytes(), int(label)) for image, label in zip(split.images, split.labels, strict=True)}


def test_some_images_of_an_archive_are_the_same_each_time(archive: Path) -> None:
    some, again = (load_subset(archive, images=12) for _ in range(2))
    assert (len(some.train), len(some.validation), len(some.test)) == (12, 4, 12)
    assert some.fingerprint() == again.fingerprint()
    everything = load_landscapes(archive)
    assert torch.equal(some.test.images, everything.test.images), "measured on all of them"
    assert labelled(some.train) < labelled(everything.train)


def test_each_split_is_chosen_from_in_its_own_way(archive: Path) -> None:
    everything = load_landscapes(archive)
    data = replace(everything, validation=everything.train)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dlhw.cnn.study.study.load_landscapes", lambda *_, **__: data)
        patch.setattr("dlhw.cnn.study.study.TRAINING_IMAGES_A_VALIDATION_IMAGE", 1)
        some = load_subset(archive, images=12)
    assert len(some.train) == len(some.validation) == 12
    assert labelled(some.train) != labelled(some.validation)


def test_they_are_of_more_than_one_class_in_a_file_that_is_sorted_by_class(archive: Path) -> None:
    assert len(set(load_subset(archive, images=12).train.labels.tolist())) > 1


def test_more_than_there_are_is_all_of_them(archive: Path) -> None:
    assert load_subset(archive, images=1000).fingerprint() == load_landscapes(archive).fingerprint()


def test_procedural_images_are_drawn_and_not_drawn_away() -> None:
    data = load_subset(None, images=30)
    drawn, _ = draw_landscapes(30, seed=42, split="train")
    assert torch.equal(data.train.images, torch.from_numpy(drawn))
    assert (len(data.validation), len(data.test)) == (10, 1200)
