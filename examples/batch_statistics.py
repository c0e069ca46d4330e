"""Why the validation accuracy of `gap` jumps from epoch to epoch: its running averages, not its weights.

    uv run python examples/batch_statistics.py

Trains `gap` on procedural landscapes by the homework's recipe. After each epoch it is validated twice: with the
running averages that batch normalisation kept while learning from eight images at a time, and with averages
taken anew over the whole training set, the weights left alone.
"""

from __future__ import annotations

import argparse
import copy

import torch
from torch import nn

from dlhw.cnn.architecture import ARCHITECTURES
from dlhw.cnn.network import to_input
from dlhw.cnn.recipe import HOMEWORK
from dlhw.cnn.sources import load_landscapes
from dlhw.cnn.task import ClassificationTask, loss_and_accuracy
from dlhw.learning.device import configure


@torch.no_grad()
def with_fresh_averages(model: nn.Module, images: torch.Tensor) -> nn.Module:
    """A copy of the model whose batch normalisations hold the means and variances of all the images."""
    model = copy.deepcopy(model).train()
    for module in model.modules():
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            module.reset_running_stats()
            module.momentum = None  # a plain mean over all batches, not one that forgets
        elif isinstance(module, nn.Dropout):
            module.p = 0.0
    for first in range(0, len(images), 200):
        model(to_input(images[first : first + 200]))
    return model.eval()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--threads", type=int)
    arguments = parser.parse_args()
    data = load_landscapes()
    task = ClassificationTask("gap", ARCHITECTURES["gap"], HOMEWORK, 42, data, configure("cpu", arguments.threads))
    print("epoch   running averages   averages of the training set")
    for epoch in range(1, arguments.epochs + 1):
        task.model.train()
        task.begin_epoch(epoch)
        for step in range(len(task.batch_sizes)):
            task.train_step(step)
        _, kept = loss_and_accuracy(task.model, data.validation)
        _, fresh = loss_and_accuracy(with_fresh_averages(task.model, data.train.images), data.validation)
        print(f"{epoch:5}   {kept:16.4f}   {fresh:28.4f}", flush=True)


if __name__ == "__main__":
    main()
