"""How many images a second ``dlhw ocr train`` learns from, and what each part of it costs.

    uv run python benchmarks/ocr_train.py

A round is a chunk of 2,048 words: rendered, then learnt from, as in training. The parts alternate, so that a
machine that slows down slows all of them; figures are medians over the rounds with the least and the most.
Run it on an idle machine: PyTorch's threads wait for each other.
"""

from __future__ import annotations

import argparse
import platform
import resource
import statistics
import time
from dataclasses import replace

import torch

from dlhw.learning.device import Compute, PrecisionName, configure, environment
from dlhw.ocr import batches
from dlhw.ocr.alphabet import Alphabet
from dlhw.ocr.batches import CHUNK
from dlhw.ocr.data import Words
from dlhw.ocr.epochs import FreshWords
from dlhw.ocr.network import Architecture, WordNetwork
from dlhw.ocr.rendering.rendered import rendered_words
from dlhw.ocr.rendering.workers import Renderer
from dlhw.ocr.settings import Settings
from dlhw.ocr.training import WordTask
from dlhw.ocr.words.source import WordSource


class Given:
    """The same chunk of words again and again: training without rendering."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def __len__(self) -> int:
        return len(self._words)

    def with_seed(self, seed: int, *, alone: bool = False) -> Given:
        """The same: nothing is drawn."""
        return self

    def chunk(self, epoch: int, index: int) -> Words:
        """The chunk."""
        return self._words


def learner(name: PrecisionName, attention: bool, words: Words, alphabet: Alphabet, compute: Compute) -> WordTask:
    """A training of the default network on given words."""
    torch.manual_seed(42)
    settings = Settings(words=len(words), precision=name, attention=attention, epochs=10_000)
    architecture = Architecture(alphabet_size=alphabet.size)
    network = WordNetwork(architecture if attention else replace(architecture, attention=0))
    return WordTask(settings, network, alphabet, Given(words), words, compute, words={})


def learn(task: WordTask, epoch: int) -> float:
    """Seconds to learn from the chunk once."""
    task.model.train()
    task.begin_epoch(epoch)
    started = time.perf_counter()
    for step in range(len(task.batch_sizes)):
        task.train_step(step)
    return time.perf_counter() - started


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--threads", type=int, default=None)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--width-step", type=int, default=batches.WIDTH_STEP, help="widths of batches: its multiples")
    arguments = parser.parse_args()
    batches.WIDTH_STEP = arguments.width_step
    compute = configure("cpu", arguments.threads)
    source = WordSource.checked()
    row = rendered_words(source, "train", seed=42)
    alphabet = Alphabet.from_texts(source.characters)
    seconds: dict[str, list[float]] = {}
    with Renderer(compute.threads) as renderer:
        fresh = FreshWords(row, CHUNK, renderer)
        words = fresh.chunk(1, 0)  # warm-up
        parts: dict[str, WordTask] = {
            "learning, bfloat16, attention": learner("bfloat16", True, words, alphabet, compute),
            "learning, bfloat16, no attention": learner("bfloat16", False, words, alphabet, compute),
            "learning, float32, attention": learner("float32", True, words, alphabet, compute),
        }
        for task in parts.values():
            learn(task, 1)
        for number in range(2, arguments.rounds + 2):
            started = time.perf_counter()
            fresh.chunk(number, 0)
            seconds.setdefault("rendering", []).append(time.perf_counter() - started)
            for name, task in parts.items():
                seconds.setdefault(name, []).append(learn(task, number))
    first = "learning, bfloat16, attention"
    seconds["both: dlhw ocr train"] = [a + b for a, b in zip(seconds["rendering"], seconds[first], strict=True)]
    about = environment(compute)
    print(f"{compute.name}, {compute.threads} threads, torch {about['versions']['torch']}, {platform.system()}")
    print(f"{len(row.fonts.faces)} faces, mean width {words.widths.mean():.0f}, {arguments.rounds} rounds of {CHUNK:,}")
    for name, values in seconds.items():
        rates = sorted(CHUNK / value for value in values)
        print(f"  {name:36} {statistics.median(rates):6,.0f} words/s  ({rates[0]:,.0f} to {rates[-1]:,.0f})")
    print(
        f"  peak memory of the process that learns {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB"
    )


if __name__ == "__main__":
    main()
