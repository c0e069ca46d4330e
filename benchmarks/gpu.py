"""Check dlhw on a GPU against the CPU, then measure it; without a GPU, say so in one line and end.

    uv run python benchmarks/gpu.py                          all parts on the first GPU, in about seven minutes
    uv run python benchmarks/gpu.py --part capture --part pace
    uv run python benchmarks/gpu.py --device cpu --quick     whether this script runs: the numbers mean nothing

It prints a Markdown table, each row as soon as it is measured. Every part runs in a process of its own, with a time
limit, so that one that fails or hangs costs no other; it ends with 1 where a check failed, 2 where a part did. What the
parts do is in ``gpu_parts.py``, ``gpu_losses.py`` and ``gpu_words.py``, beside this file: they import torch, and the
processes that render words, which import this one, do without.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

LIMITS = {
    "capture": 80,
    "pace": 80,
    "goal": 70,
    "profile": 40,
    "resume": 60,
    "networks": 70,
    "memory": 40,
    "losses": 50,
    "words": 100,
    "reading": 110,
}
"""The parts, the most valuable first, and how many seconds each may take."""


def run_part(name: str, given: argparse.Namespace, limit: float) -> int:
    """Run a part in a process of its own. Returns its exit status: 1 where a check failed, 2 for an error."""
    line = [sys.executable, __file__, "--child", name, "--device", given.device, *(["--quick"] if given.quick else [])]
    started = time.perf_counter()
    process = subprocess.Popen(line, start_new_session=True)
    try:
        code = process.wait(timeout=limit)
    except subprocess.TimeoutExpired:
        print(f"| {name} | stopped at its limit of {limit:.0f} s | | |", flush=True)
        return 2
    finally:
        if process.poll() is None:  # its time is over, or Ctrl-C: the commands that it started end with it
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    print(f"| {name} | *seconds of the part* | {time.perf_counter() - started:.0f} | |", flush=True)
    if code not in {0, 1}:
        print(f"| {name} | ended with {code} | | |", flush=True)
    return code


def run_child(name: str, device: str, *, quick: bool) -> int:
    try:
        import gpu_losses  # torch and dlhw, which the parent does not need
        import gpu_parts

        parts = gpu_parts.PARTS | gpu_losses.PARTS
        if name not in parts:
            import gpu_words

            parts = gpu_words.PARTS
        with tempfile.TemporaryDirectory() as folder:
            return int(not parts[name](gpu_parts.Place(device, Path(folder), quick=quick)))
    except Exception:
        traceback.print_exc()
        return 2


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda", choices=("cuda", "cpu"))
    parser.add_argument("--part", action="append", choices=LIMITS, help="only this part; may be repeated")
    parser.add_argument("--seconds", type=float, default=420, help="no part begins or goes on after so many")
    parser.add_argument("--quick", action="store_true", help="little of everything: whether the script runs")
    parser.add_argument("--child", choices=LIMITS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        return run_child(given.child, given.device, quick=given.quick)
    import torch

    if given.device == "cuda" and not torch.cuda.is_available():
        print("there is no GPU here: nothing was checked or measured")
        return 0
    name = "the CPU"
    if given.device == "cuda":
        cudnn = torch.backends.cudnn.version()  # type: ignore[no-untyped-call]
        name = f"{torch.cuda.get_device_name()}, CUDA {torch.version.cuda}, cuDNN {cudnn}"
    print(f"{name}, torch {torch.__version__}, Python {sys.version.split()[0]}\n")
    print("| part | what | measured | note |\n|---|---|---|---|", flush=True)
    began, worst = time.perf_counter(), 0
    for part in given.part or LIMITS:
        left = given.seconds - (time.perf_counter() - began)
        if left < 10 and not given.quick:
            print(f"| {part} | not run: no time was left | | |", flush=True)
            continue
        # A busy CPU may take longer than the GPU for which the limits are.
        worst = max(worst, run_part(part, given, 600 if given.quick else min(left, LIMITS[part])))
    return worst


if __name__ == "__main__":
    sys.exit(main())
