"""What several ranks cost: a training step, an all-reduce of its gradients and an exchange of words, on 1, 2 and 4
processes of this machine.

    uv run python benchmarks/scaling.py [--ranks 1 2 4] [--steps 30]

``strong``: a batch of 64 is shared. ``weak``: 64 images a rank. Every rank has one thread. More ranks than cores show
what the ranks cost each other, not a speed-up.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch

from dlhw.cnn.architecture import ARCHITECTURES
from dlhw.cnn.recipe import HOMEWORK
from dlhw.cnn.sources import draw_dataset
from dlhw.cnn.task import ClassificationTask
from dlhw.cores import usable_cores
from dlhw.learning.device import configure
from dlhw.learning.parallel import close_ranks

BATCH = 64
WORDS, WIDTH = 2048, 112
"""A chunk of rendered words, and their usual width: 7.3 MB."""
BYTES = {"flatten": 4 * 5_340_742, "gap": 4 * 756_742}


def median_ms(action: Callable[[], object], times: int) -> tuple[float, float, float]:
    """Median, lower and upper quartile of so many calls after two that do not count, in milliseconds."""
    taken = []
    for _ in range(times + 2):
        started = time.perf_counter()
        action()
        taken.append(1000 * (time.perf_counter() - started))
    low, middle, high = statistics.quantiles(taken[2:], n=4, method="inclusive")
    return middle, low, high


def measure(steps: int) -> dict[str, tuple[float, float, float]]:
    """What one rank measures; all ranks together."""
    compute = configure("cpu")
    torch.set_num_threads(1)
    ranks, found = compute.ranks, {}
    for name, size in BYTES.items():
        gradients = torch.ones(size // 4)
        found[f"all-reduce {name}"] = median_ms(lambda gradients=gradients: ranks.sum_(gradients), steps)  # type: ignore[misc]
    own = np.zeros(WORDS // ranks.size * 32 * WIDTH, dtype=np.uint8)
    found["words"] = median_ms(lambda: ranks.gather(own), steps)
    for kind, batch in (("strong", BATCH), ("weak", BATCH * ranks.size)):
        recipe = replace(HOMEWORK, batch_size=batch)
        data = draw_dataset({"train": batch, "validation": 8, "test": 8}, seed=1)
        task = ClassificationTask("gap", ARCHITECTURES["gap"], recipe, 1, data, compute)
        task.model.train()
        task.begin_epoch(1)
        found[f"step {kind}"] = median_ms(lambda task=task: task.train_step(0).item(), steps)  # type: ignore[misc]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ranks", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--as-rank", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.as_rank:
        found = measure(given.steps)
        if configure("cpu").ranks.leads:
            print(json.dumps(found))
        close_ranks()
        return
    where = f"torch {torch.__version__}, {usable_cores()} cores, gloo, n = {given.steps}"
    print(f"{where}; median (quartiles) in milliseconds\n")
    exchanged = ("all-reduce 21.4 MB", "all-reduce 3.0 MB", "2,048 words")
    print("| " + " | ".join(("ranks", *exchanged, "step, 64 images shared", "step, 64 images a rank")) + " |")
    print("|---|---|---|---|---|---|")
    for size in given.ranks:
        launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(size)]
        command = [*launcher, __file__, "--as-rank", "--steps", str(given.steps)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        row = json.loads(done.stdout).values()
        cells = " | ".join(f"{middle:.1f} ({low:.1f} to {high:.1f})" for middle, low, high in row)
        note = ", oversubscribed" if size > usable_cores() else ""
        print(f"| {size}{note} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
