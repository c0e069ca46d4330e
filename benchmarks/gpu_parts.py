"""The parts of ``gpu.py``: each checks or measures one thing, and prints rows of a table. See there."""

from __future__ import annotations

import json
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.profiler import ProfilerActivity, profile

from dlhw.cnn.architecture import ARCHITECTURES, NetworkName
from dlhw.cnn.data import Landscapes
from dlhw.cnn.recipe import HOMEWORK, STRONG, Recipe
from dlhw.cnn.sources import draw_dataset
from dlhw.cnn.task import ClassificationTask
from dlhw.errors import InterruptedRun
from dlhw.hopfield.cccp import retrieve
from dlhw.hopfield.energy import Energy
from dlhw.learning import captured_step
from dlhw.learning.checkpoint import load_checkpoint
from dlhw.learning.device import Compute, configure
from dlhw.learning.loop import EpochResult, fit, resume_state
from dlhw.learning.trial_folder import TrialFolder

IMAGES, EPOCHS = 7867, 40
"""Of the course's training images, and of the homework's training."""

DRAWN = 1536
"""Landscapes that are drawn; more images are these again. What they show changes no time."""

Way = Literal["graph", "eager", "ordinary"]
GRAPH: Way = "graph"
"""A step as one graph."""
EAGER: Way = "eager"
"""The step that a graph records, launched kernel by kernel."""
ORDINARY: Way = "ordinary"


@dataclass(frozen=True)
class Place:
    """Where a part computes and writes, and how much."""

    device: str
    folder: Path
    quick: bool

    def configure(self, *, deterministic: bool = False) -> Compute:
        threads = 1 if self.quick else None
        return configure("cpu" if self.device == "cpu" else "cuda", threads, deterministic=deterministic)

    def few(self, full: int, quick: int) -> int:
        return quick if self.quick else full

    @property
    def images(self) -> int:
        return self.few(IMAGES, 120)


def say(part: str, what: str, measured: str, note: str = "") -> None:
    print(f"| {part} | {what} | {measured} | {note} |", flush=True)


def verdict(part: str, what: str, found: str, *, passed: bool) -> bool:
    say(part, what, found, "passed" if passed else "**FAILED**")
    return passed


def synchronize(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def landscapes(train: int, validation: int = 64) -> Landscapes:
    """As many images as asked for, of which :data:`DRAWN` differ."""
    drawn = draw_dataset({"train": min(train, DRAWN), "validation": validation, "test": 6}, seed=1)
    again = torch.arange(train) % len(drawn.train)
    split = replace(drawn.train, images=drawn.train.images[again], labels=drawn.train.labels[again])
    return replace(drawn, train=split)


def make_task(network: NetworkName, recipe: Recipe, data: Landscapes, compute: Compute, way: Way) -> ClassificationTask:
    """A task whose steps are launched that way."""
    captured_step.WARM_UP = 10**9 if way == EAGER else 3
    return ClassificationTask(network, ARCHITECTURES[network], recipe, 42, data, compute, captured=way != ORDINARY)


def train(task: ClassificationTask, folder: Path, epochs: int, should_stop: Callable[[], int]) -> list[EpochResult]:
    folder.parent.mkdir(exist_ok=True)
    trial = TrialFolder(folder)
    return list(fit(task, trial, resume_state(task, trial), epochs=epochs, should_stop=should_stop))


def never() -> int:
    return 0


def state_of(folder: Path) -> dict[str, Tensor]:
    return load_checkpoint(TrialFolder(folder).state_path, kind="state")[0]


def same(one: dict[str, Tensor], other: dict[str, Tensor]) -> tuple[bool, str]:
    """Whether two states are the same, and the names of a few tensors that are not."""
    apart = [name for name in one if not torch.equal(one[name], other[name])]
    return not apart, "the same bits" if not apart else f"{len(apart)} of {len(one)} differ: {', '.join(apart[:3])}"


def capture(place: Place) -> bool:
    """That graphs end in the bits of steps that are launched one by one, twice, and stopped and resumed."""
    compute = place.configure(deterministic=True)
    data = landscapes(place.few(1003, 51))  # the last batch has three images
    passed = True
    cases: list[tuple[NetworkName, str, Recipe]] = [
        ("gap", "homework", HOMEWORK),
        ("flatten", "homework", HOMEWORK),
        ("gap", "strong, float32", replace(STRONG, precision="float32")),
        ("gap", "strong, bfloat16", replace(STRONG, precision="bfloat16")),
    ]
    for number, (network, name, recipe) in enumerate(cases):
        recipe = replace(recipe, epochs=2, batch_size=8)
        what, folder = f"{network}, {name}, `--deterministic`", place.folder / str(number)

        def ends(label: str, way: Way, stop_at: int = 0) -> dict[str, Tensor]:
            out = folder / label  # noqa: B023
            if stop_at:
                calls = iter(range(1, 10**6))
                try:
                    stopping = make_task(network, recipe, data, compute, way)  # noqa: B023
                    train(stopping, out, 2, lambda: 15 if next(calls) == stop_at else 0)
                except InterruptedRun:
                    pass
            train(make_task(network, recipe, data, compute, way), out, 2, never)  # noqa: B023
            return state_of(out)

        eager = ends("eager", EAGER)
        for label, against in (
            ("a graph, against none", ends("graph", GRAPH)),
            ("a graph again", ends("again", GRAPH)),
            ("a graph, stopped at the tenth step and resumed", ends("stopped", GRAPH, stop_at=10)),
        ):
            agrees, found = same(eager, against)
            passed &= verdict("capture", f"{what}: {label}", found, passed=agrees)
        agrees, found = same(eager, ends("ordinary", ORDINARY))
        # float32 learning rates in place of Python's float64: the one-cycle schedule's may round otherwise.
        say("capture", f"{what}: the ordinary step", found, "" if agrees else "rounding of rates")
    return passed


def epoch_rate(task: ClassificationTask, folder: Path, epochs: int) -> tuple[float, float]:
    """Seconds of an epoch, the median of those after the first, and of the first."""
    results = train(task, folder, epochs, never)
    seconds = [result.seconds for result in results]
    return statistics.median(seconds[1:]), seconds[0]


def tell_pace(part: str, what: str, place: Place, task: ClassificationTask, epochs: int, note: str = "") -> None:
    images, steps = int(task.batch_sizes.sum()), len(task.batch_sizes)
    seconds, first = epoch_rate(task, place.folder / f"{part}-{what}".replace(" ", "-").replace("/", "-"), epochs)
    found = f"{images / seconds:,.0f} images/s, {1000 * seconds / steps:.3f} ms a step, first epoch {first:.2f} s"
    extrapolated = f"{EPOCHS} epochs, extrapolated from {epochs - 1}: {EPOCHS * seconds:.1f} s"
    say(part, what, found, f"{extrapolated}{'; ' if note else ''}{note}")


@contextmanager
def tf32(*, allowed: bool) -> Iterator[None]:
    cudnn: Any = torch.backends.cudnn
    before = cudnn.conv.fp32_precision
    cudnn.conv.fp32_precision = "tf32" if allowed else "ieee"
    try:
        yield
    finally:
        cudnn.conv.fp32_precision = before


def pace(place: Place) -> bool:
    """An epoch of ``gap`` at batch 8, by graphs and without; what TF32 would bring, and cost."""
    compute, data = place.configure(), landscapes(place.images)
    ways: list[tuple[Way, str]] = [(GRAPH, "graph"), (EAGER, "no graph"), (ORDINARY, "ordinary step")]
    for way, name in ways:
        task = make_task("gap", HOMEWORK, data, compute, way)
        tell_pace("pace", f"gap, batch 8, {name}", place, task, 4 if way == GRAPH else 2)
    for allowed in (False, True):
        with tf32(allowed=allowed):
            task = make_task("gap", HOMEWORK, data, compute, GRAPH)
            tell_pace("pace", f"gap, batch 8, graph, TF32 {allowed}", place, task, 3)
            torch.manual_seed(0)
            images, weight = torch.randn(64, 32, 24, 24), torch.randn(64, 32, 3, 3)
            exact = F.conv2d(images.double(), weight.double(), padding=1)
            ours = F.conv2d(images.to(compute.device), weight.to(compute.device), padding=1).cpu().double()
            error = ((ours - exact).norm() / exact.norm()).item()
            say("pace", f"error of a convolution, TF32 {allowed}", f"{error:.1e}")
    return True


def archive(folder: Path, train: int, validation: int) -> Path:
    """An archive as of the course's data."""
    data, content = landscapes(train, validation), {}
    for name, split in (("train", data.train), ("val", data.validation), ("test", data.test)):
        content[f"{name}_images"], content[f"{name}_labels"] = split.images.numpy(), split.labels.numpy()
    np.savez(folder / "landscapes.npz", **content)  # type: ignore[arg-type]
    return folder / "landscapes.npz"


def dlhw(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "dlhw", *map(str, arguments)]


def command(*arguments: object) -> dict[str, Any]:
    """The JSON document of a command."""
    done = subprocess.run(dlhw(*arguments, "--json"), capture_output=True, text=True)
    if done.stderr.strip():
        print(f"\ndlhw {' '.join(map(str, arguments))}:\n{done.stderr}", file=sys.stderr, flush=True)
    if done.returncode:
        raise RuntimeError(f"dlhw {arguments[0]} {arguments[1]} ended with {done.returncode}")
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def epochs_of(folder: Path) -> list[dict[str, Any]]:
    path = next(folder.glob("*/metrics.jsonl"), None)
    return [] if path is None else [json.loads(row) for row in path.read_text().splitlines()]


def goal(place: Place) -> bool:
    """``dlhw cnn train --gap`` as in the homework: all forty epochs, started from a shell."""
    data, out = archive(place.folder, place.images, place.few(1404, 24)), place.folder / "goal"
    epochs = place.few(EPOCHS, 2)
    started = time.perf_counter()
    options = ("--gap", "--data", data, "--epochs", epochs, "--device", place.device, "--progress", "none")
    document = command("cnn", "train", *options, "--out", out)
    wall = time.perf_counter() - started
    learning = sum(row["seconds"] for row in epochs_of(out))
    say("goal", f"`dlhw cnn train --gap`, {epochs} epochs: learning alone", f"{learning:.1f} s", "goal: < 15 s")
    say("goal", "the same, with validation, states, test and figures", f"{document['seconds']:.1f} s")
    say("goal", "the same, with the start of Python and PyTorch", f"{wall:.1f} s")
    best = document["results"][0]["best_validation_accuracy"]
    say("goal", "best validation accuracy, procedural landscapes", f"{best:.4f}")
    return True


def profiled(place: Place) -> bool:
    """Which kernels a step has, and how long each takes."""
    compute, data = place.configure(), landscapes(place.few(803, 51))
    steps = 5
    for network, recipe in (("gap", HOMEWORK), ("gap", replace(STRONG, batch_size=8, precision="float32"))):
        task = make_task("gap", recipe, data, compute, EAGER)
        task.model.train()
        task.begin_epoch(1)
        for step in range(5):
            task.train_step(step)
        synchronize(compute.device)
        on_cuda = compute.device.type == "cuda"
        with profile(activities=[ProfilerActivity.CUDA if on_cuda else ProfilerActivity.CPU]) as seen:
            for step in range(steps):
                task.train_step(step)
            synchronize(compute.device)
        times = {
            one.key: (one.self_device_time_total if on_cuda else one.self_cpu_time_total, one.count)
            for one in seen.key_averages()
            if one.device_type.name == ("CUDA" if on_cuda else "CPU")
        }
        count = sum(calls for _, calls in times.values()) / steps
        total = sum(each for each, _ in times.values()) / steps
        name = "strong" if recipe.ema_decay else "homework"
        say("profile", f"{network}, {name}, batch 8", f"{count:.0f} kernels a step, {total:.0f} µs on the device")
        for kernel, (each, calls) in sorted(times.items(), key=lambda item: -item[1][0])[:14]:
            say("profile", f"`{kernel[:70]}`", f"{each / steps:.1f} µs a step", f"{calls / steps:.1f} times")
    return True


def resume(place: Place) -> bool:
    """The command with ``--deterministic``: interrupted by Ctrl-C and resumed."""
    data = archive(place.folder, place.few(4000, 400), 24)
    epochs = place.few(12, 4)
    exact = ("cnn", "train", "--gap", "--data", data, "--epochs", epochs, "--device", place.device, "--deterministic")
    whole, stopped = place.folder / "whole", place.folder / "stopped"
    command(*exact, "--progress", "none", "--out", whole)
    with subprocess.Popen(dlhw(*exact, "--progress", "none", "--out", stopped), stdout=subprocess.DEVNULL) as process:
        while process.poll() is None and not epochs_of(stopped):
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
    began = len(epochs_of(stopped))
    if began == epochs:
        say("resume", "the training ended before it could be stopped", "not checked")
        return True
    command(
        "cnn", "train", "--resume", "--device", place.device, "--deterministic", "--progress", "none", "--out", stopped
    )
    one, other = (next(folder.glob("*/state.safetensors")) for folder in (whole, stopped))
    agrees, found = same(*(load_checkpoint(path, kind="state")[0] for path in (one, other)))
    return verdict("resume", f"Ctrl-C behind epoch {began} of {epochs}, `--resume`", found, passed=agrees)


def networks(place: Place) -> bool:
    """Every network and recipe at two batch sizes, with graphs and without."""
    compute, data = place.configure(), landscapes(place.images)
    rows: list[tuple[str, NetworkName, Recipe]] = [
        ("gap", "gap", HOMEWORK),
        ("flatten", "flatten", HOMEWORK),
        ("strong", "gap", STRONG),
    ]
    ways: list[tuple[Way, str]] = [(GRAPH, "graph"), (ORDINARY, "launched kernel by kernel")]
    for name, network, recipe in rows:
        for batch in (8, 64):
            for way, how in ways:
                task = make_task(network, replace(recipe, batch_size=batch), data, compute, way)
                few = way == ORDINARY and batch == 8
                tell_pace("networks", f"{name}, batch {batch}, {how}", place, task, 2 if few else 3)
    return True


def milliseconds(action: Callable[[], object], device: torch.device, times: int) -> Sequence[float]:
    """How long each of so many calls takes, after three that do not count, by the device's own clock."""
    taken = []
    for _ in range(times + 3):
        if device.type == "cuda":
            begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))  # type: ignore[no-untyped-call]
            begin.record()
            action()
            end.record()
            end.synchronize()
            taken.append(begin.elapsed_time(end))
        else:
            started = time.perf_counter()
            action()
            taken.append(1000 * (time.perf_counter() - started))
    return taken[3:]


def memory(place: Place) -> bool:
    """An update of the Hopfield iteration on a million patterns."""
    compute, count = place.configure(), place.few(1_000_000, 1000)
    X = torch.randn(count, 64, generator=torch.Generator().manual_seed(0)).to(compute.device)
    energy = Energy(X)
    for queries in (1, 64, 1024):
        taken = milliseconds(lambda n=queries: retrieve(energy, X[:n], steps=0), compute.device, 10)  # type: ignore[misc]
        middle, low, high = statistics.median(taken), min(taken), max(taken)
        found = f"{middle:.2f} ms ({low:.2f} to {high:.2f}, n = 10)"
        say("memory", f"an update of {queries} queries on {count:,} patterns of 64 numbers", found)
    return True


PARTS: dict[str, Callable[[Place], bool]] = {
    "capture": capture,
    "pace": pace,
    "goal": goal,
    "profile": profiled,
    "resume": resume,
    "networks": networks,
    "memory": memory,
}
"""Each returns whether its checks passed."""
