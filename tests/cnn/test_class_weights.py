from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from dlhw.cnn.architecture import ARCHITECTURES
from dlhw.cnn.class_weights import WeightsName, balanced, weighted_cross_entropy
from dlhw.cnn.data import Landscapes, Split
from dlhw.cnn.experiment import Source
from dlhw.cnn.recipe import HOMEWORK, STRONG, Recipe
from dlhw.cnn.settings import Settings
from dlhw.cnn.sweep import Sweep
from dlhw.cnn.task import ClassificationTask
from dlhw.errors import InterruptedRun, UsageError
from dlhw.learning.checkpoint import load_checkpoint
from dlhw.learning.device import Compute


@given(st.lists(st.integers(0, 5), min_size=1, max_size=60))
def test_each_class_that_is_there_has_the_same_part_and_the_mean_is_1(classes: list[int]) -> None:
    labels = torch.tensor(classes)
    weights = balanced(labels, classes=6)
    parts = torch.zeros(6).index_add_(0, labels, weights[labels])
    there = parts[torch.bincount(labels, minlength=6) > 0]
    torch.testing.assert_close(there, there.new_full(there.shape, len(labels) / len(there)))
    assert weights[labels].mean().item() == pytest.approx(1)
    assert not weights[parts == 0].any(), "of a class that no image shows"


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_the_weighted_loss_is_the_mean_of_the_classes_own_losses(smoothing: float) -> None:
    labels = torch.tensor([0, 0, 0, 0, 0, 2])
    logits = torch.randn(6, 3, generator=torch.Generator().manual_seed(0))
    each = [F.cross_entropy(logits[labels == c], labels[labels == c], label_smoothing=smoothing) for c in (0, 2)]
    loss = weighted_cross_entropy(logits, labels, balanced(labels, 3), label_smoothing=smoothing)
    torch.testing.assert_close(loss, torch.stack(each).mean())


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_the_loss_of_a_mixture_is_the_mixture_of_the_losses(smoothing: float) -> None:
    weights, logits = torch.tensor([0.5, 3.0, 1.0]), torch.tensor([[0.3, -1.0, 2.0]])

    def loss(targets: torch.Tensor) -> torch.Tensor:
        return weighted_cross_entropy(logits, targets, weights, label_smoothing=smoothing)

    mixed = loss(torch.tensor([[0.25, 0.75, 0.0]]))
    torch.testing.assert_close(mixed, 0.25 * loss(torch.tensor([0])) + 0.75 * loss(torch.tensor([1])))


@pytest.fixture
def unbalanced(tiny: Landscapes) -> Landscapes:
    """Few images of the first class, and none of the last."""
    labels = tiny.train.labels
    kept = (labels != len(tiny.class_names) - 1) & ((labels != 0) | (torch.arange(len(labels)) < 8))
    return replace(tiny, train=Split(images=tiny.train.images[kept], labels=labels[kept]))


@pytest.mark.parametrize("recipe", [HOMEWORK, STRONG])
def test_weights_are_in_the_training_loss_alone(unbalanced: Landscapes, compute: Compute, recipe: Recipe) -> None:
    def task(weights: WeightsName | None) -> ClassificationTask:
        one = replace(recipe, dropout=0.0, precision="float32")
        network = ARCHITECTURES["flatten"]
        return ClassificationTask("flatten", network, one, 42, unbalanced, compute, class_weights=weights)

    plain, weighted = task(None), task("balanced")
    assert plain.validate() == weighted.validate()
    losses = []
    for each in (plain, weighted):
        each.begin_epoch(1)
        losses.append(each.train_step(0).item())
    assert losses[0] != losses[1]
    assert torch.isfinite(torch.tensor(losses)).all()


WEIGHTED = Settings(epochs=2, class_weights="balanced")


def test_a_resumed_run_keeps_its_class_weights(archive: Path, tmp_path: Path, compute: Compute) -> None:
    best = Path("lr0.01-seed42/best.safetensors")
    with Sweep.start(WEIGHTED, Source(path=archive), compute, out=tmp_path / "whole") as sweep:
        document = sweep.conclude(sweep.train(), seconds=1)
    counts = sweep.data.train.labels.bincount().double()
    expected = (30 / (6 * counts)).tolist()
    assert list(document["class_weights"].values()) == pytest.approx(expected, abs=1e-6)
    assert list(document["class_weights"]) == list(sweep.data.class_names)
    assert json.loads((tmp_path / "whole/config.json").read_text())["class_weights"] == "balanced"

    steps = iter([0] * 5)
    out = tmp_path / "stopped"
    with Sweep.start(WEIGHTED, Source(path=archive), compute, out=out) as sweep, pytest.raises(InterruptedRun):
        sweep.train(should_stop=lambda: next(steps, 15))
    with Sweep.resume({}, Source(), compute, out=out) as again:
        assert again.settings == WEIGHTED
        again.train()
    for name, tensor in load_checkpoint(tmp_path / "whole" / best, kind="weights")[0].items():
        assert torch.equal(tensor, load_checkpoint(out / best, kind="weights")[0][name]), name


def test_a_run_without_class_weights_cannot_go_on_with_them(archive: Path, tmp_path: Path, compute: Compute) -> None:
    with Sweep.start(Settings(epochs=1), Source(path=archive), compute, out=tmp_path / "run") as sweep:
        assert sweep.conclude(sweep.train(), seconds=1)["class_weights"] is None
    config = json.loads((tmp_path / "run/config.json").read_text())
    del config["class_weights"]  # as runs of earlier versions
    (tmp_path / "run/config.json").write_text(json.dumps(config))
    with (
        pytest.raises(UsageError, match="was started with `class_weights` None; got balanced"),
        Sweep.resume({"class_weights": "balanced"}, Source(), compute, out=tmp_path / "run"),
    ):
        pass
    with Sweep.resume({"epochs": 2}, Source(), compute, out=tmp_path / "run") as longer:
        assert longer.train()[0]["last_epoch"] == 2


def test_no_other_class_weights_are_known() -> None:
    with pytest.raises(UsageError, match="`class_weights` is balanced, got 'even'"):
        Settings(class_weights="even")  # type: ignore[arg-type]
    assert not replace(Settings(), class_weights="balanced").is_homework
