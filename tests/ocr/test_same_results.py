"""Trainings end in the same bits as when they were first measured: the loop is written out here once more.

What both share, and other tests check, are the network, the batches and the two schedules.
"""

from __future__ import annotations

from dataclasses import asdict, replace

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dlhw.learning.device import Compute
from dlhw.learning.rate_schedules import one_cycle, stable_rate
from dlhw.ocr.alphabet import PAD
from dlhw.ocr.batches import EpochBatches
from dlhw.ocr.epochs import OwnWords
from dlhw.ocr.network import Architecture, WordNetwork
from dlhw.ocr.recipe import READER, SHIPPED, Recipe
from dlhw.ocr.settings import Settings
from dlhw.ocr.training import WordTask
from tests.ocr.recognisers import LETTERS, SIZES, words

EPOCHS, SEED = 2, 42
SMALL = {"epochs": EPOCHS, "batch_size": 4, "precision": "float32"}


def first_weights() -> WordNetwork:
    torch.manual_seed(SEED)
    return WordNetwork(Architecture(alphabet_size=LETTERS.size, attention=8, **SIZES))


def by_task(recipe: Recipe, compute: Compute) -> tuple[list[float], nn.Module]:
    made, network = words(), first_weights()
    settings = Settings(**asdict(recipe) | SMALL)
    task = WordTask(settings, network, LETTERS, OwnWords(made, seed=SEED), made, compute, words={})
    losses = []
    for epoch in (1, 2):
        task.model.train()
        task.begin_epoch(epoch)
        losses += [task.train_step(step).item() for step in range(len(task.batch_sizes))]
    return losses, task.evaluated


def plainly(rates: list[float], average_decay: float) -> tuple[list[float], nn.Module]:
    """AdamW with weight decay 0.01, gradients cut to a length of 5, and an average of the weights, if any."""
    network, average = (first_weights().to(memory_format=torch.channels_last) for _ in range(2))
    optimizer = torch.optim.AdamW(network.parameters(), lr=0.1, weight_decay=0.01, fused=True)
    batches = EpochBatches(OwnWords(words(), seed=SEED), LETTERS, batch_size=4, seed=SEED)
    losses: list[float] = []
    torch.manual_seed(SEED)  # of the dropout, which the task begins with the numbers that the weights left
    first_weights()
    for epoch in (1, 2):
        network.train()
        batches.begin(epoch)
        for step in range(2):
            optimizer.param_groups[0]["lr"] = rates[len(losses)]
            batch = batches[step]
            logits: Tensor = network(batch.images, batch.widths, batch.inputs)
            loss = F.cross_entropy(logits.flatten(0, 1), batch.targets.flatten(), ignore_index=PAD)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(network.parameters(), 5.0)
            optimizer.step()
            done, left = len(losses), 2 * EPOCHS - len(losses) - 1
            for ours, theirs in zip(average.state_dict().values(), network.state_dict().values(), strict=True):
                decay = min(average_decay, (1 + done) / (10 + done), left / (left + 10))
                ours.copy_(torch.lerp(ours, theirs, 1 - decay) if ours.is_floating_point() else theirs)
            losses.append(loss.item())
    return losses, average


@pytest.mark.parametrize(
    ("recipe", "rates", "average_decay"),
    [
        (SHIPPED, [one_cycle(done / 2, 2e-3) for done in (0, 0.5, 1, 1.5)], 0.0),
        (READER, [stable_rate(done, EPOCHS, 8e-4) for done in (0, 0.5, 1, 1.5)], 0.999),
    ],
)
def test_a_training_is_its_recipe_written_out(
    recipe: Recipe, rates: list[float], average_decay: float, compute: Compute
) -> None:
    losses, network = by_task(recipe, compute)
    expected, plain = plainly(rates, average_decay)
    assert losses == expected
    weights = plain.state_dict()
    for key, value in network.state_dict().items():
        assert torch.equal(value, weights[key]), key
    other, _ = by_task(replace(recipe, weight_decay=0.5, gradient_norm=0.1), compute)
    assert other != expected
