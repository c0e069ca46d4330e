"""Race a plain DataLoader loop against dlhw's training step, in one process, turn by turn.

    uv run python benchmarks/cnn_step.py

Both train the same network by the same plain SGD, in float32, on the same batches of eight. The plain loop is
what a course's skeleton does: a Dataset that turns each image into floats, a DataLoader, the usual
channels-first layout, ``loss.item()`` after each step. The rounds alternate, so that a machine that slows down
slows both, and the ratio of each pair of rounds is what counts.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import time
from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset

from dlhw.cnn.architecture import ARCHITECTURES, NETWORK_NAMES, NetworkName
from dlhw.cnn.data import Landscapes
from dlhw.cnn.network import LandscapeNetwork
from dlhw.cnn.recipe import HOMEWORK
from dlhw.cnn.sources import draw_dataset
from dlhw.cnn.task import ClassificationTask
from dlhw.learning.device import configure, environment


class PlainDataset(Dataset[tuple[Tensor, Tensor]]):
    """One image at a time, as floats, channels first."""

    def __init__(self, data: Landscapes) -> None:
        self._split = data.train

    def __len__(self) -> int:
        return len(self._split)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        image = self._split.images[index].permute(2, 0, 1).to(torch.float32) / 255
        return image.contiguous(), self._split.labels[index]


def plain_steps(name: NetworkName, data: Landscapes) -> Iterator[float]:
    """Train for ever, a step at a time."""
    torch.manual_seed(42)
    network = LandscapeNetwork(name)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.01)
    loader = DataLoader(PlainDataset(data), batch_size=8, shuffle=True)
    while True:
        for images, labels in loader:
            optimizer.zero_grad()
            loss = F.cross_entropy(network(images), labels)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            yield loss.item()


def our_steps(name: NetworkName, data: Landscapes, threads: int | None) -> Iterator[Tensor]:
    """The same with the task that ``dlhw cnn train`` trains."""
    task = ClassificationTask(name, ARCHITECTURES[name], HOMEWORK, 42, data, configure("cpu", threads))
    epoch = 0
    while True:
        epoch += 1
        task.begin_epoch(epoch)
        for step in range(len(task.batch_sizes)):
            yield task.train_step(step)


def milliseconds(steps: Iterator[object], count: int) -> float:
    """Mean time of the next ``count`` steps."""
    started = time.perf_counter()
    for _ in range(count):
        next(steps)
    return (time.perf_counter() - started) / count * 1e3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15, help="pairs of rounds (default 15)")
    parser.add_argument("--steps", type=int, default=40, help="steps a round (default 40)")
    parser.add_argument("--threads", type=int, help="default: the cores this process may use")
    arguments = parser.parse_args()
    compute = configure("cpu", arguments.threads)
    data = draw_dataset({"train": 1200, "validation": 6, "test": 6})
    versions = environment(compute)["versions"]
    print(f"{compute.name}, {compute.threads} threads, torch {versions['torch']}, {platform.system()}")
    print(f"batch 8, float32, n = {arguments.rounds} pairs of rounds of {arguments.steps} steps, median [min, max]")
    for name in NETWORK_NAMES:
        plain, ours = plain_steps(name, data), our_steps(name, data, arguments.threads)
        milliseconds(plain, 10), milliseconds(ours, 10)  # warm-up
        pairs = [
            (milliseconds(plain, arguments.steps), milliseconds(ours, arguments.steps)) for _ in range(arguments.rounds)
        ]
        ratios = [slow / fast for slow, fast in pairs]
        print(
            f"{name:8} plain loop {statistics.median(p for p, _ in pairs):6.2f} ms  "
            f"dlhw {statistics.median(o for _, o in pairs):6.2f} ms  "
            f"ratio {statistics.median(ratios):.2f} [{min(ratios):.2f}, {max(ratios):.2f}]"
        )


if __name__ == "__main__":
    main()
