"""Check dlhw on a GPU against the CPU, then measure it; without a GPU, say so in one line and end.

    uv run python benchmarks/gpu.py                          on the first GPU, in about ten minutes
    uv run python benchmarks/gpu.py --device cpu --tiny      whether this script runs: the numbers mean nothing

Checks, on ``gap`` (float32): the losses of three epochs are those of the CPU within 1 %; two trainings with
``--deterministic`` end in the same weights to the last bit, and so does one that is stopped and resumed. A check that
fails ends the script with 1. Then ``dlhw cnn train`` (flatten, gap, strong; batches of 8 and 64), ``ocr train``
(words rendered meanwhile, and rendered before), ``ocr eval``, ``ocr read``, and an update on 10⁶ patterns. Rates of
training are of the epochs after the first; ``strong`` and words compute in bfloat16 where the GPU multiplies it.
Steps are launched one by one: there is no CUDA graph.
"""

from __future__ import annotations

import argparse
import json
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from dlhw.cnn.landscapes import draw_landscapes
from dlhw.hopfield.cccp import retrieve
from dlhw.hopfield.energy import Energy
from dlhw.learning.checkpoint import load_checkpoint

CLOSE = 0.01
"""How far losses on a GPU may lie from the CPU's, of their size: sums are rounded in another order."""


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """How much is trained and read."""

    images: tuple[int, int, int]
    """Of training, validation and test."""

    epochs: int
    """Of the trainings that are measured; of the one that is stopped, twice as many."""

    words: int
    patterns: int


FULL = Sizes(images=(7867, 1404, 1654), epochs=3, words=4096, patterns=1_000_000)  # images as in the course's data
TINY = Sizes(images=(256, 16, 16), epochs=2, words=64, patterns=1000)


def dlhw(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "dlhw", *map(str, arguments)]


def run(*arguments: object) -> dict[str, Any]:
    """The JSON document of a command."""
    done = subprocess.run(dlhw(*arguments, "--json"), capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"dlhw {' '.join(map(str, arguments))} ended with {done.returncode}:\n{done.stderr}")
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def train(folder: Path, *arguments: object) -> list[dict[str, Any]]:
    """The epochs of a training."""
    run(*arguments, "--progress", "none", "--out", folder)
    return epochs_of(folder)


def metrics_of(folder: Path) -> Path | None:
    return next(folder.glob("*/metrics.jsonl"), None) or next(folder.glob("metrics.jsonl"), None)


def epochs_of(folder: Path) -> list[dict[str, Any]]:
    path = metrics_of(folder)
    return [] if path is None else [json.loads(row) for row in path.read_text().splitlines()]


def weights_of(folder: Path) -> dict[str, torch.Tensor]:
    path = metrics_of(folder)
    assert path is not None
    return load_checkpoint(path.parent / "state.safetensors", kind="state")[0]


def same_weights(one: Path, other: Path) -> bool:
    a, b = weights_of(one), weights_of(other)
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def check(device: str, data: Path, folder: Path, epochs: int) -> bool:
    """Whether losses are the CPU's, and trainings repeat themselves and resume to the last bit."""
    common = ("cnn", "train", "--gap", "--data", data)
    losses = [
        [row["train_loss"] for row in train(folder / f"{number}", *common, "--epochs", 3, "--device", name)]
        for number, name in enumerate(("cpu", device))
    ]
    apart = max(abs(a - b) / a for a, b in zip(*losses, strict=True))
    close = apart <= CLOSE
    say(f"losses of three epochs on {device} and on the CPU", f"{apart:.3%} apart at most", passed=close)

    exact = (*common, "--epochs", 2 * epochs, "--device", device, "--deterministic")
    one, two, stopped = (folder / name for name in ("one", "two", "stopped"))
    train(one, *exact)
    train(two, *exact)
    repeats = same_weights(one, two)
    say("two trainings with --deterministic", "the same weights" if repeats else "OTHER weights", passed=repeats)

    began = start_and_stop(stopped, *exact)
    if began == 2 * epochs:
        say("a training that is stopped and resumed", "it ended before it could be stopped", passed=False)
        return False
    run("cnn", "train", "--resume", "--device", device, "--deterministic", "--progress", "none", "--out", stopped)
    resumes = same_weights(one, stopped)
    where = f"stopped behind epoch {began} of {2 * epochs} and resumed"
    say(f"a training that was {where}", "the same weights" if resumes else "OTHER weights", passed=resumes)
    return close and repeats and resumes


def start_and_stop(folder: Path, *arguments: object) -> int:
    """Interrupt a training as soon as its first epoch is written. Returns the epochs that it did."""
    line = dlhw(*arguments, "--progress", "none", "--out", folder)
    with subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and not epochs_of(folder):
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
    return len(epochs_of(folder))


def say(what: str, found: str, *, passed: bool | None = None) -> None:
    verdict = "" if passed is None else ("passed: " if passed else "FAILED: ")
    print(f"{verdict}{what}: {found}", flush=True)


def measure_training(device: str, data: Path, folder: Path, sizes: Sizes) -> None:
    for name, options in (("flatten", ("--no-gap",)), ("gap", ("--gap",)), ("strong", ("--gap", "--recipe", "strong"))):
        for batch in (8, 64):
            rows = train(
                folder / f"{name}-{batch}",
                *("cnn", "train", *options, "--data", data, "--epochs", sizes.epochs, "--batch-size", batch),
                *("--device", device),
            )
            say(f"cnn train, {name}, batch {batch}", rate(rows, "images"))


def measure_words(device: str, folder: Path, sizes: Sizes) -> None:
    rendered = folder / "rendered"
    run("ocr", "render", "--count", sizes.words, "--out", rendered)
    for name, source in (("rendered meanwhile", ("--words", sizes.words)), ("rendered before", ("--data", rendered))):
        out = folder / name.replace(" ", "-")
        rows = train(out, "ocr", "train", *source, "--epochs", sizes.epochs, "--device", device)
        say(f"ocr train, words {name}", rate(rows, "words"))
    for look in ("--no-second-look", "--second-look"):
        found = run("ocr", "eval", "--checkpoint", "reader", "--data", rendered, "--device", device, look)
        say(f"ocr eval {look}", f"{found['words_per_second']:,.0f} words a second, from memory")
    found = run("ocr", "read", rendered, "--checkpoint", "reader", "--device", device)
    say("ocr read", f"{sizes.words / found['seconds']:,.0f} words a second, from files, PyTorch's start included")


def rate(rows: list[dict[str, Any]], what: str) -> str:
    """Examples a second, of the epochs after the first: median, least and most."""
    rates = [row["images_per_second"] for row in rows[1:]]
    middle, low, high = statistics.median(rates), min(rates), max(rates)
    return f"{middle:,.0f} {what} a second ({low:,.0f} to {high:,.0f}, {len(rates)} epochs)"


def measure_memory(device: str, count: int) -> None:
    X = torch.randn(count, 64, generator=torch.Generator().manual_seed(0)).to(device)
    energy = Energy(X)
    for queries in (1, 64):
        taken = []
        for _ in range(12):
            started = time.perf_counter()
            retrieve(energy, X[:queries], steps=0).residuals.cpu()  # which waits for the device
            taken.append(1000 * (time.perf_counter() - started))
        found = f"{statistics.median(taken[2:]):.2f} ms ({min(taken[2:]):.2f} to {max(taken[2:]):.2f}, n = 10)"
        say(f"cccp, one update of {queries} queries on {count:,} patterns", found)


def landscapes(folder: Path, counts: tuple[int, int, int]) -> Path:
    """An archive of procedural landscapes, as of the course's data."""
    content = {}
    for prefix, split, count in zip(("train", "val", "test"), ("train", "validation", "test"), counts, strict=True):
        content[f"{prefix}_images"], content[f"{prefix}_labels"] = draw_landscapes(count, seed=1, split=split)
    np.savez(folder / "landscapes.npz", **content)  # type: ignore[arg-type]
    return folder / "landscapes.npz"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda", choices=("cuda", "cpu"))
    parser.add_argument("--data", type=Path, help="an archive, as of cnn train; by default procedural landscapes")
    parser.add_argument("--tiny", action="store_true", help="little of everything: whether the script runs")
    given = parser.parse_args()
    if given.device == "cuda" and not torch.cuda.is_available():
        print("there is no GPU here: nothing was checked or measured")
        return 0
    sizes = TINY if given.tiny else FULL
    name = torch.cuda.get_device_name() if given.device == "cuda" else "the CPU"
    print(f"{name}, torch {torch.__version__}", flush=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        data = given.data or landscapes(folder, sizes.images)
        passed = check(given.device, data, folder, sizes.epochs)
        measure_memory(given.device, sizes.patterns)
        measure_training(given.device, data, folder, sizes)
        measure_words(given.device, folder, sizes)
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
