"""How fast words are read: words a second from images in memory, time to the first word, and peak memory.

    uv run python benchmarks/ocr_read.py
    uv run python benchmarks/ocr_read.py --checkpoint runs/ocr-train/1 --threads 2

Without ``--checkpoint`` the weights are those that a bare ``dlhw ocr eval`` takes, and the words are their own test
words. Rounds of greedy decoding and of beam search alternate, so that a machine that slows down slows both.
The first word and the memory are measured on ``dlhw ocr read`` as a process of its own.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image

from dlhw.learning.device import choose_precision, configure, environment
from dlhw.ocr.checkpoints import measured_checkpoint
from dlhw.ocr.data import Words
from dlhw.ocr.decoding.beam import BeamSearch
from dlhw.ocr.evaluation_dataset import load_evaluation_dataset
from dlhw.ocr.recognizer import Recognizer, load_recognizer

WIDTHS = (1, 3)


def words_per_second(recognizer: Recognizer, words: Words, rounds: int) -> dict[int, list[float]]:
    """Of each beam width, a round each in turn."""
    rates: dict[int, list[float]] = {width: [] for width in WIDTHS}
    recognizer.read(words.select(range(min(64, len(words)))), BeamSearch(width=3))  # warm-up
    for _ in range(rounds):
        for width in WIDTHS:
            started = time.perf_counter()
            recognizer.read(words, BeamSearch(width=width))
            rates[width].append(len(words) / (time.perf_counter() - started))
    return rates


MEASURED = """
import json, resource, subprocess, sys, time
started = time.perf_counter()
done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(json.dumps([done.returncode, done.stderr, time.perf_counter() - started, peak]))
"""
"""A small process in between: on Linux a new process counts the memory of the one that started it as its own peak."""


def reading_process(images: Path, checkpoint: Path, threads: int) -> tuple[float, float]:
    """Wall time in seconds and peak memory in MiB of ``dlhw ocr read``."""
    command = [sys.executable, "-m", "dlhw", "ocr", "read", str(images), "--checkpoint", str(checkpoint), "--json"]
    measuring = [sys.executable, "-c", MEASURED, *command, "--threads", str(threads)]
    code, said, seconds, peak = json.loads(subprocess.run(measuring, capture_output=True, check=True).stdout)
    if code:
        raise SystemExit(said)
    return seconds, peak / (2**20 if sys.platform == "darwin" else 2**10)


def save(words: Words, folder: Path, count: int) -> Path:
    """So many images as files, over and over the same ones."""
    folder.mkdir()
    for index in range(count):
        Image.fromarray(words.image(index % len(words))).save(folder / f"{index}.png")
    return folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", type=Path, help="weights or a run directory")
    parser.add_argument("--threads", type=int, help="default: the cores this process may use")
    parser.add_argument("--rounds", type=int, default=7, help="of each measurement (default 7)")
    parser.add_argument("--images", type=int, nargs="+", default=[1, 2000, 8000], help="counts to measure memory at")
    arguments = parser.parse_args()
    compute = configure("cpu", arguments.threads)
    checkpoint = measured_checkpoint(arguments.checkpoint)
    precision = choose_precision("auto", compute.device)
    recognizer = load_recognizer(checkpoint, device=compute.device, precision=precision)
    words = load_evaluation_dataset(checkpoint, processes=compute.threads).words
    versions = environment(compute)["versions"]
    print(f"{compute.name}, {compute.threads} threads, {precision}, torch {versions['torch']}, {platform.system()}")
    print(f"{checkpoint}, {len(words):,} words, n = {arguments.rounds}, median [min, max]")
    rates = words_per_second(recognizer, words, arguments.rounds)
    for width, values in rates.items():
        print(f"beam {width}: {statistics.median(values):,.0f} words/s [{min(values):,.0f}, {max(values):,.0f}]")
    ratios = [greedy / beam for greedy, beam in zip(rates[1], rates[3], strict=True)]
    print(
        f"beam 3 takes {statistics.median(ratios):.2f} [{min(ratios):.2f}, {max(ratios):.2f}] times as long as greedy"
    )
    with tempfile.TemporaryDirectory() as folder:
        first = save(words, Path(folder, "first"), 1)
        seconds = [reading_process(first, checkpoint, compute.threads)[0] for _ in range(arguments.rounds)]
        print(f"dlhw ocr read, one image: {statistics.median(seconds):.2f} s [{min(seconds):.2f}, {max(seconds):.2f}]")
        for count in arguments.images:
            images = first if count == 1 else save(words, Path(folder, str(count)), count)
            took, memory = reading_process(images, checkpoint, compute.threads)
            print(f"dlhw ocr read, {count:,} images: {took:.1f} s, peak memory {memory:,.0f} MiB")


if __name__ == "__main__":
    main()
