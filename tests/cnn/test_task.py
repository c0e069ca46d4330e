from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from dlhw.cnn.architecture import ARCHITECTURES, NETWORK_NAMES, NetworkName
from dlhw.cnn.data import Landscapes, Split
from dlhw.cnn.network import LandscapeNetwork, to_input
from dlhw.cnn.recipe import HOMEWORK, Recipe
from dlhw.cnn.task import ClassificationTask, batch_bounds, loss_and_accuracy
from dlhw.errors import UsageError
from dlhw.learning.device import Compute, PrecisionName


def task_of(
    tiny: Landscapes, compute: Compute, recipe: Recipe = HOMEWORK, *, network: NetworkName = "gap", seed: int = 42
) -> ClassificationTask:
    return ClassificationTask(network, ARCHITECTURES[network], recipe, seed, tiny, compute)


@given(count=st.integers(1, 500), batch_size=st.integers(1, 64))
def test_every_image_is_in_one_batch_and_no_last_batch_is_single(count: int, batch_size: int) -> None:
    bounds = batch_bounds(count, batch_size)
    sizes = [after - before for before, after in pairwise(bounds)]
    assert bounds[0] == 0
    assert sum(sizes) == count
    assert all(size == batch_size for size in sizes[:-1])
    assert sizes[-1] <= batch_size + 1
    if count > 1 and batch_size > 1:
        assert sizes[-1] > 1


@pytest.mark.parametrize("name", NETWORK_NAMES)
def test_a_step_is_plain_sgd_on_cross_entropy(
    name: NetworkName, tiny: Landscapes, compute: Compute, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first epoch's losses against the same written out plainly: channels first, one image at a time.

    In double precision: batch normalisation over eight images that look alike divides by almost nothing, and
    turns float32's rounding into differences of half a per cent within three steps.
    """
    monkeypatch.setattr("dlhw.cnn.task.to_input", lambda images: to_input(images).double())
    task = task_of(tiny, compute, replace(HOMEWORK, dropout=0.0), network=name)
    task.model.double()
    task.begin_epoch(1)
    ours = [task.train_step(step).item() for step in range(len(task.batch_sizes))]
    torch.manual_seed(42)
    network = LandscapeNetwork(name, dropout=0.0).double()
    order = torch.randperm(30, generator=torch.Generator().manual_seed(42 * 1_000_003 + 1))
    plain = []
    for first in range(0, 30, 8):
        rows = order[first : first + 8]
        images = torch.stack([(tiny.train.images[row].permute(2, 0, 1) / 255).double() for row in rows])
        loss = F.cross_entropy(network(images), tiny.train.labels[rows])
        gradients = torch.autograd.grad(loss, list(network.parameters()))
        with torch.no_grad():
            for parameter, gradient in zip(network.parameters(), gradients, strict=True):
                parameter.sub_(gradient, alpha=0.01)
        plain.append(loss.item())
    assert ours == pytest.approx(plain, rel=1e-9)


def test_each_epoch_has_its_own_order_and_every_learning_rate_the_same(tiny: Landscapes, compute: Compute) -> None:
    orders = []
    for rate, epoch in ((0.1, 1), (0.01, 1), (0.01, 2)):
        task = task_of(tiny, compute, replace(HOMEWORK, learning_rate=rate))
        task.begin_epoch(epoch)
        orders.append(task._order.tolist())
    assert orders[0] == orders[1] != orders[2]
    assert sorted(orders[2]) == list(range(30))


def test_every_learning_rate_starts_from_the_same_weights(tiny: Landscapes, compute: Compute) -> None:
    tasks = [
        task_of(tiny, compute, replace(HOMEWORK, learning_rate=rate), seed=seed)
        for rate, seed in ((0.1, 1), (0.2, 1), (0.1, 2))
    ]
    first, second, other = (task.model.state_dict()["classifier.weight"] for task in tasks)
    assert torch.equal(first, second)
    assert not torch.equal(first, other)


def test_the_network_can_learn_a_batch_by_heart(tiny: Landscapes, compute: Compute) -> None:
    eight = Split(images=tiny.train.images[:8], labels=tiny.train.labels[:8])
    data = Landscapes(train=eight, validation=eight, test=eight, class_names=tiny.class_names, source="eight")
    task = task_of(data, compute, replace(HOMEWORK, dropout=0.0, learning_rate=0.05))
    losses = []
    for epoch in range(20):
        task.begin_epoch(epoch)
        losses.append(task.train_step(0).item())
    assert losses[-1] < 0.1 < 1 < losses[0]


def test_evaluation_does_not_depend_on_its_batches(
    tiny: Landscapes, compute: Compute, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = task_of(tiny, compute)
    loss, accuracy = loss_and_accuracy(task.model, tiny.train)
    monkeypatch.setattr("dlhw.cnn.task.EVALUATION_BATCH", 7)
    loss_in_sevens, accuracy_in_sevens = loss_and_accuracy(task.model, tiny.train)
    assert loss_in_sevens == pytest.approx(loss, rel=1e-5)
    assert accuracy_in_sevens == accuracy


def test_a_single_image_is_nothing_to_normalise(tiny: Landscapes, compute: Compute) -> None:
    one = Split(images=tiny.train.images[:1], labels=tiny.train.labels[:1])
    with pytest.raises(UsageError, match="single training image"):
        task_of(replace(tiny, train=one), compute)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_evaluation_is_in_float32_unless_the_recipe_says_otherwise(
    tiny: Landscapes, compute: Compute, precision: PrecisionName
) -> None:
    seen = []
    for also in (False, True):
        task = task_of(tiny, compute, replace(HOMEWORK, precision=precision, evaluate_in_precision=also))
        task.model.register_forward_hook(lambda _, __, logits: seen.append(logits.dtype))
        task.validate()
    assert seen == [torch.float32, getattr(torch, precision)]
