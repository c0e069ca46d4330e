"""The memory of a long training, sampled from outside.

    uv run python benchmarks/memory.py --minutes 60 --out FOLDER [cnn train --gap --epochs 100000 --threads 1]

The command after the options is run without bars, as ``dlhw …``, into a folder of its own; without one, ``cnn train``
on 30 drawn images, so that there are thousands of epochs, each with its state and curves. Every five seconds the
anonymous memory of its process and of those that it has started is added up, from /proc: what they have allocated, and
not the files mapped into them, of which the system drops parts when others need memory. After so many minutes it is
stopped by SIGINT, as by Ctrl-C. The first tenth of the time is left out: modules are imported and data made then. A
line goes to ``memory.tsv`` a sample.
"""

from __future__ import annotations

import argparse
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from dlhw.cnn.landscapes import draw_landscapes
from dlhw.learning.device import configure, environment

SECONDS = 5.0
TRAINING = ("cnn", "train", "--gap", "--epochs", "1000000", "--threads", "1")
SMALL = {"train": ("train", 30), "validation": ("val", 12), "test": ("test", 12)}
MEGABYTE = 1e6


def small_archive(path: Path) -> Path:
    """Few landscapes, in the form of the course's file."""
    content: dict[str, Any] = {}
    for split, (prefix, count) in SMALL.items():
        content[f"{prefix}_images"], content[f"{prefix}_labels"] = draw_landscapes(count, seed=1, split=split)
    np.savez(path, **content)
    return path


def processes(pid: int) -> list[int]:
    """A process and all below it."""
    try:
        started = [each for path in Path(f"/proc/{pid}/task").glob("*/children") for each in path.read_text().split()]
    except OSError:  # it has just ended
        return []
    return [pid, *(below for each in started for below in processes(int(each)))]


def allocated(pid: int) -> float:
    """Megabytes of anonymous memory of a process and of all below it."""
    kilobytes = 0
    for each in processes(pid):
        try:
            lines = Path(f"/proc/{each}/status").read_text().splitlines()
        except OSError:
            continue
        kilobytes += sum(int(line.split()[1]) for line in lines if line.startswith("RssAnon"))  # of KiB
    return kilobytes * 1024 / MEGABYTE


def sampled(process: subprocess.Popen[bytes], minutes: float, notes: Path) -> list[float]:
    """The memory of a process until it has run for so long, or has ended."""
    found: list[float] = []
    began = time.monotonic()
    with notes.open("w") as file:
        while process.poll() is None and (elapsed := time.monotonic() - began) < 60 * minutes:
            found.append(allocated(process.pid))
            print(f"{elapsed:.1f}\t{found[-1]:.3f}", file=file, flush=True)
            time.sleep(SECONDS)
    return found


def slope(values: list[float]) -> float:
    """Megabytes an hour, by least squares."""
    hours = [place * SECONDS / 3600 for place in range(len(values))]
    return statistics.linear_regression(hours, values).slope


def main() -> None:
    """Run the command, and say how its memory changed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("command", nargs=argparse.REMAINDER, default=[])
    asked = parser.parse_args()
    asked.out.mkdir(parents=True)
    command = asked.command or [*TRAINING, "--data", str(small_archive(asked.out / "small.npz"))]
    run = asked.out / "run"
    process = subprocess.Popen([sys.executable, "-m", "dlhw", *command, "--progress", "none", "--out", str(run)])
    found = sampled(process, asked.minutes, asked.out / "memory.tsv")
    process.send_signal(signal.SIGINT)
    code = process.wait()
    kept = found[len(found) // 10 :]
    tenth = max(1, len(kept) // 9)
    epochs = sum(len(path.read_bytes().splitlines()) for path in run.glob("*/metrics.jsonl"))
    print(f"dlhw {' '.join(command)}: {asked.minutes:g} minutes, {epochs:,} epochs, exit code {code}")
    print(f"{len(kept)} samples after the first tenth of the time: {min(kept):.1f} to {max(kept):.1f} MB")
    print(f"median of the second tenth {statistics.median(kept[:tenth]):.1f} MB, of the last ", end="")
    print(f"{statistics.median(kept[-tenth:]):.1f} MB; {slope(kept):+.2f} MB an hour by least squares")
    here = environment(configure("cpu", 1))
    print(", ".join(f"{name} {version}" for name, version in here["versions"].items()), here["processor"], sep="; ")


if __name__ == "__main__":
    main()
