"""Trainings end in the same bits as when they were first measured.

Each recipe is written out here once more, as plainly as its loop was when the documents' numbers were measured, and run
beside the task: hashes of weights would hold on one kind of processor alone, this holds wherever it runs. What both
share, and other tests check, are the network, augmentation and CutMix, the schedule and the streams of random numbers.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dlhw.cnn.architecture import Architecture, NetworkName
from dlhw.cnn.augmentation import Changes, augment
from dlhw.cnn.data import Landscapes
from dlhw.cnn.mixing import cut_mix
from dlhw.cnn.network import LandscapeNetwork, to_input
from dlhw.cnn.recipe import HOMEWORK, STRONG, STUDY, Recipe
from dlhw.cnn.study.variants import VARIANTS
from dlhw.cnn.task import ClassificationTask
from dlhw.learning.device import Compute
from dlhw.learning.random_streams import torch_generator
from dlhw.learning.rate_schedules import one_cycle

EPOCHS, SEED = 2, 42
SIZES = [0, 8, 16, 24, 30]
"""Where the batches of eight begin."""

Trained = tuple[list[Tensor], nn.Module]
"""The loss of each step, and the network whose weights count."""


def order_of(epoch: int) -> Tensor:
    return torch.randperm(30, generator=torch.Generator().manual_seed(SEED * 1_000_003 + epoch))


def first_weights(architecture: Architecture | NetworkName, dropout: float) -> nn.Module:
    torch.manual_seed(SEED)
    network = LandscapeNetwork(architecture, dropout=dropout)
    return network.to(memory_format=torch.channels_last)


def homework(network: NetworkName, data: Landscapes) -> Trained:
    model, losses = first_weights(network, 0.1), []
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, fused=True)
    for epoch in (1, 2):
        order = order_of(epoch)
        for first, end in pairwise(SIZES):
            rows = order[first:end]
            loss = F.cross_entropy(model(to_input(data.train.images[rows])), data.train.labels[rows])
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            losses.append(loss.detach())
        _look_at_validation(model, data)
    return losses, model


def strong(network: NetworkName, data: Landscapes) -> Trained:
    model, average, losses = first_weights(network, 0.0), first_weights(network, 0.0), []
    optimizer = torch.optim.SGD(model.parameters(), lr=0.15, momentum=0.9, weight_decay=5e-4, nesterov=True, fused=True)
    done, steps = 0, EPOCHS * (len(SIZES) - 1)
    for epoch in (1, 2):
        order = order_of(epoch)
        changes = Changes.draw(30, STRONG, torch_generator(SEED, "augmentation", epoch))
        for first, end in pairwise(SIZES):
            optimizer.param_groups[0]["lr"] = one_cycle(done / steps, 0.15)
            rows, changed = order[first:end], changes[first:end]
            targets = F.one_hot(data.train.labels[rows], 6).float()
            images, targets = cut_mix(augment(data.train.images[rows], changed), targets, changed)
            loss = F.cross_entropy(model(images), targets, label_smoothing=0.1)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            decay = min(0.995, (1 + done) / (10 + done))
            for ours, theirs in zip(average.state_dict().values(), model.state_dict().values(), strict=True):
                ours.copy_(torch.lerp(ours, theirs, 1 - decay) if ours.is_floating_point() else theirs)
            losses.append(loss.detach())
            done += 1
        _look_at_validation(average, data)
    return losses, average


def study(architecture: Architecture, data: Landscapes) -> Trained:
    model, losses = first_weights(architecture, 0.1), []
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.002, weight_decay=0.01, fused=True)
    for epoch in (1, 2):
        order = order_of(epoch)
        for step, (first, end) in enumerate(pairwise(SIZES)):
            optimizer.param_groups[0]["lr"] = one_cycle((epoch - 1 + step / (len(SIZES) - 1)) / EPOCHS, 0.002)
            rows = order[first:end]
            loss = F.cross_entropy(model(to_input(data.train.images[rows])), data.train.labels[rows])
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            losses.append(loss.detach())
        _look_at_validation(model, data)
    return losses, model


def _look_at_validation(model: nn.Module, data: Landscapes) -> None:
    model.eval()
    with torch.inference_mode():
        model(to_input(data.validation.images))
    model.train()


def by_task(name: str, architecture: Architecture, recipe: Recipe, data: Landscapes, compute: Compute) -> Trained:
    small = replace(recipe, epochs=EPOCHS, batch_size=8, precision="float32")
    task, losses = ClassificationTask(name, architecture, small, SEED, data, compute), []
    for epoch in (1, 2):
        task.model.train()
        task.begin_epoch(epoch)
        losses += [task.train_step(step) for step in range(len(task.batch_sizes))]
        task.validate()
    return losses, task.evaluated


def assert_same(ours: Trained, plain: Trained) -> None:
    assert [loss.item() for loss in ours[0]] == [loss.item() for loss in plain[0]]
    weights, expected = ours[1].state_dict(), plain[1].state_dict()
    assert weights.keys() == expected.keys()
    for key, value in weights.items():
        assert torch.equal(value, expected[key]), key


@pytest.mark.parametrize("network", ["flatten", "gap"])
def test_homework(network: NetworkName, tiny: Landscapes, compute: Compute) -> None:
    plain = homework(network, tiny)
    assert_same(by_task(network, VARIANTS[network].architecture, HOMEWORK, tiny, compute), plain)


def test_strong(tiny: Landscapes, compute: Compute) -> None:
    plain = strong("gap", tiny)
    assert_same(by_task("gap", VARIANTS["gap"].architecture, STRONG, tiny, compute), plain)


@pytest.mark.parametrize("variant", ["gap", "stride", "flatten", "average-pooling"])
def test_study(variant: str, tiny: Landscapes, compute: Compute) -> None:
    architecture = VARIANTS[variant].architecture
    plain = study(architecture, tiny)
    assert_same(by_task(variant, architecture, STUDY, tiny, compute), plain)


@pytest.mark.parametrize(
    "change", [{"momentum": 0.8}, {"label_smoothing": 0.0}, {"ema_decay": 0.0}, {"schedule": "constant"}, {"shift": 3}]
)
def test_another_recipe_ends_in_other_bits(change: dict[str, float], tiny: Landscapes, compute: Compute) -> None:
    other = replace(STRONG, **change)  # type: ignore[arg-type]
    with pytest.raises(AssertionError):
        assert_same(by_task("gap", VARIANTS["gap"].architecture, other, tiny, compute), strong("gap", tiny))
