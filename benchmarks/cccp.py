"""Race dlhw's iteration against PyTorch's attention, in one process, turn by turn.

    uv run python benchmarks/cccp.py                 a quarter of an hour on two cores
    uv run python benchmarks/cccp.py --rounds 3 --patterns 100000

Everything is in float32. The rounds alternate between the contestants, so that a machine that slows down slows all
of them, and the ratio within each round is what counts. Ours keeps the energy of every step, stops each query when
it stands still, and evaluates once more than the others, because the last state has an energy too: "an update" tells
the ratio of an evaluation.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from dlhw.hopfield.attention import identity_layer
from dlhw.hopfield.cccp import retrieve
from dlhw.hopfield.certificate import certify
from dlhw.hopfield.energy import Energy
from dlhw.hopfield.memory import load_patterns
from dlhw.learning.device import configure

DIMENSION = 64
UPDATES = 20


def attention_loop(X: Tensor, Q: Tensor, updates: int) -> Tensor:
    """What one would write with PyTorch: no energy, no residual, no status."""
    keys = X[None, None]
    q = Q[None, None]
    for _ in range(updates):
        q = F.scaled_dot_product_attention(q, keys, keys)
    return q[0, 0]


def layer_loop(X: Tensor, Q: Tensor, updates: int) -> Tensor:
    """The same through ``nn.MultiheadAttention`` with identity weights."""
    layer = identity_layer(X.shape[1], 1, X.dtype)
    q = Q[None]
    with torch.no_grad():
        for _ in range(updates):
            q = layer(q, X[None], X[None], need_weights=False)[0]
    return q[0]


def plain_loop(X: Tensor, Q: Tensor, updates: int) -> Tensor:
    """softmax(QXᵀ/√D)X, as it stands."""
    q = Q
    for _ in range(updates):
        q = (q @ X.T / X.shape[1] ** 0.5).softmax(dim=-1) @ X
    return q


def race(contestants: Mapping[str, Callable[[], object]], rounds: int, *, updates: int | None = None) -> None:
    """Print each contestant's median time, and how long ours took for each second of it.

    Where they make so many updates, ours makes one evaluation more, and the ratio of one is printed as well.

    The processor time that a contestant used is printed too: on a busy machine it is what can be compared, and
    with one thread it is exact.
    """
    walls: dict[str, list[float]] = {name: [] for name in contestants}
    processor: dict[str, list[float]] = {name: [] for name in contestants}
    for turn in range(rounds + 1):
        for name, run in contestants.items():
            wall, used = time.perf_counter(), time.process_time()
            run()
            if turn:  # the first round warms up
                walls[name].append(time.perf_counter() - wall)
                processor[name].append(time.process_time() - used)
    for name in contestants:
        wall_ratio, used_ratio = (_ratio(times["dlhw"], times[name]) for times in (walls, processor))
        milliseconds = statistics.median(walls[name]) * 1e3
        each = ""
        if updates and name != "dlhw":
            each = f", an update {_ratio(processor['dlhw'], processor[name], updates / (updates + 1))}"
        print(f"  {name:24} {milliseconds:9.2f} ms   dlhw / it: {wall_ratio}, in processor time {used_ratio}{each}")


def _ratio(ours: list[float], theirs: list[float], factor: float = 1.0) -> str:
    ratios = [factor * one / other for one, other in zip(ours, theirs, strict=True)]
    return f"{statistics.median(ratios):.2f} [{min(ratios):.2f}, {max(ratios):.2f}]"


def batches(rounds: int) -> None:
    """A fixed number of updates of many queries, the energy history on."""
    generator = torch.Generator().manual_seed(0)
    for count, queries in ((1_000, 64), (10_000, 64), (10_000, 256)):
        X, Q = (torch.randn(rows, DIMENSION, generator=generator) for rows in (count, queries))
        energy = Energy(X)
        done = retrieve(energy, Q, steps=UPDATES, tolerance=0).iterations.float().mean()
        print(f"{count:,} patterns, {queries} queries, {UPDATES} updates (ours made {float(done):.1f} a query)")
        race(
            {
                "dlhw": lambda e=energy, Q=Q: retrieve(e, Q, steps=UPDATES, tolerance=0),  # type: ignore[misc]
                "attention loop": lambda X=X, Q=Q: attention_loop(X, Q, UPDATES),  # type: ignore[misc]
                "MultiheadAttention loop": lambda X=X, Q=Q: layer_loop(X, Q, UPDATES),  # type: ignore[misc]
                "plain softmax(QXᵀ)X": lambda X=X, Q=Q: plain_loop(X, Q, UPDATES),  # type: ignore[misc]
            },
            rounds,
            updates=UPDATES,
        )


def small_memories(rounds: int) -> None:
    """What an update costs beside that of the attention loop, in calls of 20 updates and of 200."""
    generator = torch.Generator().manual_seed(0)
    for count in (1_000, 10_000):
        for queries in (1, 8, 64):
            X, Q = (torch.randn(rows, DIMENSION, generator=generator) for rows in (count, queries))
            energy = Energy(X)
            print(f"{count:,} patterns, {queries} queries")
            for evaluations in (20, 200):
                race(
                    {
                        "dlhw": lambda e=energy, Q=Q, n=evaluations: retrieve(e, Q, steps=n - 1, tolerance=0),  # type: ignore[misc]
                        f"attention loop, {evaluations}": lambda X=X, Q=Q, n=evaluations: attention_loop(X, Q, n),  # type: ignore[misc]
                    },
                    rounds,
                )


def few_queries(X: Tensor, rounds: int) -> None:
    """One update of one query, and of a few, over a large memory."""
    generator = torch.Generator().manual_seed(1)
    energy = Energy(X)
    for queries in (1, 2, 8):
        Q = torch.randn(queries, DIMENSION, generator=generator)
        print(f"{len(X):,} patterns, {queries} quer{'y' if queries == 1 else 'ies'}, one update")
        race(
            {
                "dlhw": lambda Q=Q: retrieve(energy, Q, steps=0),  # type: ignore[misc]
                "attention": lambda Q=Q: attention_loop(X, Q, 1),  # type: ignore[misc]
                "plain softmax(QXᵀ)X": lambda Q=Q: plain_loop(X, Q, 1),  # type: ignore[misc]
            },
            rounds,
        )


def fixed_points(X: Tensor, rounds: int) -> None:
    """64 queries to their fixed points, and one certificate, timed apart."""
    generator = torch.Generator().manual_seed(2)
    Q = X[:64] + 0.3 * torch.randn(64, DIMENSION, generator=generator)
    for beta in (1.0, 1 / DIMENSION**0.5):
        energy = Energy(X, beta)
        seconds, certifying = [], []
        for _ in range(rounds):
            started = time.perf_counter()
            trajectory = retrieve(energy, Q)
            seconds.append(time.perf_counter() - started)
            started = time.perf_counter()
            certificate = certify(energy, trajectory.states[0])
            certifying.append(time.perf_counter() - started)
        updates = int(trajectory.iterations.max())
        print(
            f"{len(X):,} patterns, 64 queries, β = {beta:g}: fixed points after {updates} updates in "
            f"{statistics.median(seconds):.2f} s [{min(seconds):.2f}, {max(seconds):.2f}], "
            f"{'all' if trajectory.converged else 'not all'} converged; certificate "
            f"{statistics.median(certifying):.2f} s, certified: {certificate.certified}"
        )


def memory_beyond_patterns(count: int) -> None:
    """The memory that the process takes besides the patterns, which stay in their file. Linux tells the two apart."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "patterns.npy"
        mapped = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=(count, DIMENSION))
        generator = np.random.default_rng(3)
        for start in range(0, count, 10_000):
            mapped[start : start + 10_000] = generator.standard_normal((min(10_000, count - start), DIMENSION))
        mapped.flush()
        del mapped
        X = load_patterns(path)
        warm = Energy(X[:20_000].clone(), 1.0)
        certify(warm, retrieve(warm, X[:64].clone()).states[0])  # so that libraries are not counted
        print(f"X is {count * DIMENSION * 4 / 2**20:.0f} MB, mapped. Peak memory beyond it:")
        energy = Energy(X, 1.0)
        energy.update(X[:1])  # every page of X is resident from here on, so that all growth is ours
        for name, run in (
            ("64 queries, with history", lambda: retrieve(energy, X[:64].clone())),
            ("one query", lambda: retrieve(energy, X[:1].clone())),
            ("a certificate, in float64", lambda: certify(energy, X[0])),
        ):
            Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
            before = resident("VmRSS")
            run()
            print(f"  {name:28} {resident('VmHWM') - before:6.1f} MB")


def resident(field: str) -> float:
    """The resident memory of this process, in MB: ``VmRSS`` now, ``VmHWM`` at its peak."""
    status = Path("/proc/self/status").read_text()
    return int(status.split(f"{field}:")[1].split()[0]) / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9, help="rounds that count (default 9)")
    parser.add_argument("--patterns", type=int, default=1_000_000, help="in the large memory (default a million)")
    parser.add_argument("--threads", type=int, help="default: the cores this process may use")
    parser.add_argument("--part", choices=("batches", "few", "fixed", "memory", "small"), help="run this part alone")
    arguments = parser.parse_args()
    compute = configure("cpu", arguments.threads)
    print(f"{compute.name}, {compute.threads} threads, torch {torch.__version__}, {platform.system()}, float32, D = 64")
    print(f"n = {arguments.rounds} interleaved rounds, median [min, max]")
    wanted = (arguments.part,) if arguments.part else ("memory", "batches", "small", "few", "fixed")
    if "memory" in wanted:  # first: the peak only grows
        memory_beyond_patterns(arguments.patterns)
    if "batches" in wanted:
        batches(arguments.rounds)
    if "small" in wanted:
        small_memories(arguments.rounds)
    if {"few", "fixed"} & set(wanted):
        X = torch.randn(arguments.patterns, DIMENSION, generator=torch.Generator().manual_seed(4))
        if "fixed" in wanted:
            fixed_points(X, min(arguments.rounds, 5))
        if "few" in wanted:
            few_queries(X, arguments.rounds)


if __name__ == "__main__":
    main()
