from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from dlhw.cnn.architecture import ARCHITECTURES
from dlhw.cnn.augmentation import Changes
from dlhw.cnn.classifier import load_classifier
from dlhw.cnn.data import Landscapes
from dlhw.cnn.recipe import STRONG, Recipe
from dlhw.cnn.task import ClassificationTask, loss_and_accuracy
from dlhw.errors import InterruptedRun
from dlhw.learning.checkpoint import load_checkpoint
from dlhw.learning.device import Compute
from dlhw.learning.loop import fit, resume_state
from dlhw.learning.random_streams import epoch_order
from dlhw.learning.rate_schedules import one_cycle
from dlhw.learning.trial_folder import TrialFolder

SHORT = replace(STRONG, epochs=3, batch_size=8)


def strong(tiny: Landscapes, compute: Compute, recipe: Recipe = SHORT, *, seed: int = 42) -> ClassificationTask:
    return ClassificationTask("gap", ARCHITECTURES["gap"], recipe, seed, tiny, compute)


def test_the_network_is_the_homeworks(tiny: Landscapes, compute: Compute) -> None:
    assert sum(parameter.numel() for parameter in strong(tiny, compute).evaluated.parameters()) == 756_742


def test_the_rate_goes_up_and_down_once(tiny: Landscapes, compute: Compute) -> None:
    task, rates = strong(tiny, compute), []
    for epoch in range(1, SHORT.epochs + 1):
        task.begin_epoch(epoch)
        for step in range(len(task.batch_sizes)):
            task.train_step(step)
            rates.append(task.optimizer.param_groups[0]["lr"])
    assert rates == [one_cycle(step / len(rates), 0.15) for step in range(len(rates))]
    assert rates[-1] < rates[0] < max(rates)


@pytest.mark.parametrize("stop", [2, 4, 7])
def test_a_stopped_training_ends_in_the_same_weights_and_average(
    tiny: Landscapes, compute: Compute, tmp_path: Path, stop: int
) -> None:
    alone, stopped = TrialFolder(tmp_path / "alone"), TrialFolder(tmp_path / "stopped")
    task = strong(tiny, compute)
    list(fit(task, alone, resume_state(task, alone), epochs=3))
    task = strong(tiny, compute)
    steps = iter(range(1, 100))
    with pytest.raises(InterruptedRun):
        list(fit(task, stopped, resume_state(task, stopped), epochs=3, should_stop=lambda: 2 * (next(steps) == stop)))
    task = strong(tiny, compute)
    list(fit(task, stopped, resume_state(task, stopped), epochs=3))
    for name, kind in (("state.safetensors", "state"), ("best.safetensors", "weights")):
        one, other = (load_checkpoint(trial.directory / name, kind=kind)[0] for trial in (alone, stopped))
        assert one.keys() == other.keys()
        assert all(torch.equal(one[key], other[key]) for key in one)
    assert any(key.startswith("average/") for key in load_checkpoint(alone.state_path, kind="state")[0])


def test_the_average_is_what_is_validated_and_kept(tiny: Landscapes, compute: Compute, tmp_path: Path) -> None:
    folder, task = TrialFolder(tmp_path / "m"), strong(tiny, compute)
    (result,) = fit(task, folder, resume_state(task, folder), epochs=1)
    kept = load_classifier(folder.best_path, device=compute.device).landscape_network
    loss, accuracy = loss_and_accuracy(kept, tiny.validation)
    assert result.metrics == {"validation_loss": loss, "validation_accuracy": accuracy}
    assert all(torch.equal(kept.state_dict()[key], value) for key, value in task.evaluated.state_dict().items())
    assert not torch.equal(kept.classifier.weight, task.model.state_dict()["classifier.weight"])


def test_without_an_average_the_last_weights_count(tiny: Landscapes, compute: Compute) -> None:
    task = strong(tiny, compute, replace(SHORT, ema_decay=0.0))
    task.begin_epoch(1)
    task.train_step(0)
    ours, theirs = task.evaluated.state_dict(), task.model.state_dict()
    assert all(torch.equal(ours[key], theirs[key]) for key in ours)


def test_the_augmentation_is_not_drawn_from_the_orders_stream(tiny: Landscapes, compute: Compute) -> None:
    task = strong(tiny, compute)
    task.begin_epoch(1)
    assert task._changes is not None
    assert torch.equal(task._order, epoch_order(30, 42, 1))
    generator = torch.Generator().manual_seed(42 * 1_000_003 + 1)
    assert not torch.equal(task._changes.brightness, Changes.draw(30, SHORT, generator).brightness)


def test_each_seed_changes_the_images_its_own_way(tiny: Landscapes, compute: Compute) -> None:
    shifts = []
    for seed, epoch in ((1, 1), (2, 1), (1, 2), (1, 1)):
        task = strong(tiny, compute, seed=seed)
        task.begin_epoch(epoch)
        assert task._changes is not None
        shifts.append(task._changes.shift.tolist())
    assert shifts[0] == shifts[3]
    assert shifts[0] != shifts[1] != shifts[2] != shifts[0]
