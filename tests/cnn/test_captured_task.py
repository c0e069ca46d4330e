"""The step that a CUDA graph records, on the CPU: its numbers are those of the ordinary step, to the last bit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from dlhw.cnn.architecture import ARCHITECTURES, NetworkName
from dlhw.cnn.class_weights import WeightsName
from dlhw.cnn.data import Landscapes, Split
from dlhw.cnn.recipe import HOMEWORK, STRONG, STUDY, Recipe
from dlhw.cnn.task import ClassificationTask
from dlhw.errors import InterruptedRun
from dlhw.learning.checkpoint import load_checkpoint
from dlhw.learning.device import Compute
from dlhw.learning.loop import fit, resume_state
from dlhw.learning.trial_folder import TrialFolder

Ended = tuple[list[dict[str, float]], Mapping[str, Tensor]]
"""The rows of a training without its times, and all that its state holds."""


def train(
    folder: Path,
    data: Landscapes,
    compute: Compute,
    recipe: Recipe,
    network: NetworkName = "gap",
    *,
    captured: bool,
    weights: WeightsName | None = None,
    stop_at: int = 0,
) -> Ended:
    """Two epochs, or what is left of them. With ``stop_at`` the training is stopped after so many steps and resumed."""
    recipe = replace(recipe, epochs=2, batch_size=4, precision="float32")

    def part(stop_at: int) -> None:
        task = ClassificationTask(
            network, ARCHITECTURES[network], recipe, 42, data, compute, class_weights=weights, captured=captured
        )
        steps = iter(range(1, 1000))
        trial = TrialFolder(folder)
        for _ in fit(
            task, trial, resume_state(task, trial), epochs=2, should_stop=lambda: 15 if next(steps) == stop_at else 0
        ):
            pass

    if stop_at:
        with pytest.raises(InterruptedRun):
            part(stop_at)
    part(0)
    tensors, header = load_checkpoint(TrialFolder(folder).state_path, kind="state")
    times = {"seconds", "images_per_second"}
    return [{key: row[key] for key in row.keys() - times} for row in header["rows"]], tensors


def assert_same(one: Ended, other: Ended) -> None:
    assert one[0] == other[0]
    assert one[1].keys() == other[1].keys()
    for name, tensor in one[1].items():
        assert torch.equal(tensor, other[1][name]), name


@pytest.mark.parametrize(
    ("recipe", "network"), [(HOMEWORK, "flatten"), (HOMEWORK, "gap"), (STRONG, "gap"), (STUDY, "gap")]
)
def test_it_is_the_ordinary_step(
    recipe: Recipe, network: NetworkName, tiny: Landscapes, compute: Compute, tmp_path: Path
) -> None:
    """30 images in batches of four: seven whole ones, and one of two."""
    ordinary = train(tmp_path / "0", tiny, compute, recipe, network, captured=False)
    assert_same(train(tmp_path / "1", tiny, compute, recipe, network, captured=True), ordinary)


def test_with_class_weights(tiny: Landscapes, compute: Compute, tmp_path: Path) -> None:
    ordinary = train(tmp_path / "0", tiny, compute, STRONG, captured=False, weights="balanced")
    assert_same(train(tmp_path / "1", tiny, compute, STRONG, captured=True, weights="balanced"), ordinary)


@pytest.mark.parametrize("count", [3, 5, 9, 28])
def test_batches_of_other_sizes_are_learnt_by_the_ordinary_step(
    count: int, tiny: Landscapes, compute: Compute, tmp_path: Path
) -> None:
    """Fewer images than a batch has; a last batch with one image more; no last batch of its own."""
    few = replace(tiny, train=Split(images=tiny.train.images[:count], labels=tiny.train.labels[:count]))
    ordinary = train(tmp_path / "0", few, compute, STRONG, captured=False)
    assert_same(train(tmp_path / "1", few, compute, STRONG, captured=True), ordinary)


@pytest.mark.parametrize("stop_at", [2, 4, 5, 7])
def test_it_resumes_to_the_last_bit(stop_at: int, tiny: Landscapes, compute: Compute, tmp_path: Path) -> None:
    whole = train(tmp_path / "whole", tiny, compute, STRONG, captured=True)
    stopped = train(tmp_path / "stopped", tiny, compute, STRONG, captured=True, stop_at=stop_at)
    assert_same(stopped, whole)


def test_a_learning_rate_is_reported_as_a_number(tiny: Landscapes, compute: Compute, tmp_path: Path) -> None:
    rows, _ = train(tmp_path, tiny, compute, STRONG, captured=True)
    assert all(isinstance(row["learning_rate"], float) for row in rows)
