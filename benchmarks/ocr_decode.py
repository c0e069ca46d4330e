"""Race dlhw's batched beam search against the usual ways, on the same words and the same network, in one run.

    uv run python benchmarks/ocr_decode.py
    uv run python benchmarks/ocr_decode.py --checkpoint runs/ocr-train/1 --words 400

(a) is beam search as it is mostly written: one image at a time, hypotheses in a Python list, sorted after every
letter. (b) is Tesseract where it is installed (Debian: ``tesseract-ocr``): a process a core, ``--psm 8``, images
scaled to a height of 96 with a white border, which it reads best. All start from images in memory; Tesseract's
are files in ``/dev/shm`` or the temporary folder. The rounds alternate; what counts is the ratio within each round.
"""

from __future__ import annotations

import argparse
import heapq
import os
import platform
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps

from dlhw.learning.device import choose_precision, configure, environment
from dlhw.ocr.alphabet import END, START
from dlhw.ocr.batches import pad_images
from dlhw.ocr.checkpoints import measured_checkpoint
from dlhw.ocr.data import Words
from dlhw.ocr.decoding.beam import BeamSearch
from dlhw.ocr.decoding.interface import MAX_LENGTH, log_probabilities
from dlhw.ocr.evaluation_dataset import load_evaluation_dataset
from dlhw.ocr.recognizer import Recognizer, autocast, load_recognizer

WIDTH = 3


@torch.inference_mode()
def plain_beam(recognizer: Recognizer, words: Words) -> list[str]:
    """Beam search over one image after the other."""
    network, texts = recognizer.network, []
    for index in range(len(words)):
        images, widths = pad_images(words, np.array([index]))
        with autocast(torch.device("cpu"), recognizer.precision):
            memory = network.encode(images, widths)
            live = [(0.0, [START], network.begin(memory))]
            finished: list[tuple[float, list[int]]] = []
            for _ in range(MAX_LENGTH + 1):
                grown = []
                for score, tokens, state in live:
                    logits, after, _ = network.step(torch.tensor([[tokens[-1]]]), state, memory)
                    best = log_probabilities(logits)[0, 0].topk(WIDTH)
                    for value, token in zip(best.values.tolist(), best.indices.tolist(), strict=True):
                        grown.append((score + value, [*tokens, token], after))
                kept = heapq.nlargest(WIDTH, grown, key=lambda hypothesis: hypothesis[0])
                finished += [(score, tokens) for score, tokens, _ in kept if tokens[-1] == END]
                live = [hypothesis for hypothesis in kept if hypothesis[1][-1] != END]
                if len(finished) >= WIDTH or not live:
                    break
        chosen = max(finished, key=lambda text: text[0])[1] if finished else live[0][1]
        texts.append(recognizer.alphabet.decode(chosen[1:]))
    return texts


def write_images(words: Words, folder: Path) -> list[Path]:
    """The images as files that Tesseract reads best, and a list of them a core."""
    paths = []
    for index in range(len(words)):
        image = Image.fromarray(words.image(index))
        large = image.resize((image.width * 96 // image.height, 96), Image.Resampling.BICUBIC)
        path = folder / f"{index}.png"
        ImageOps.expand(large, 16, 255).save(path, compress_level=0)
        paths.append(path)
    cores = os.cpu_count() or 1
    lists = []
    for core in range(cores):
        lists.append(folder / f"list{core}.txt")
        lists[-1].write_text("".join(f"{path}\n" for path in paths[core::cores]))
    return lists


def tesseract(lists: list[Path]) -> None:
    """Read all images, a process a core and a thread a process."""
    command = ["tesseract", "LIST", "-", "--psm", "8"]
    variables = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    processes = [
        subprocess.Popen(
            [str(path) if part == "LIST" else part for part in command],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=variables,
        )
        for path in lists
    ]
    if any(process.wait() for process in processes):
        raise RuntimeError("tesseract failed")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--checkpoint", type=Path, default=None)
    parser.add_argument("--words", type=int, default=2000)
    parser.add_argument("--slow-words", type=int, default=200, help="words for (a) and (b)")
    parser.add_argument("--threads", type=int, default=None)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    compute = configure("cpu", arguments.threads)
    path = measured_checkpoint(arguments.checkpoint)
    precision = choose_precision("auto", compute.device)
    recognizer = load_recognizer(path, device=compute.device, precision=precision)
    words = load_evaluation_dataset(path, processes=compute.threads).words.select(range(arguments.words))
    few = words.select(range(0, arguments.words, max(1, arguments.words // arguments.slow_words)))
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:
        ways: dict[str, tuple[int, Callable[[], object]]] = {
            "dlhw, beam 3": (len(words), lambda: recognizer.read(words, BeamSearch(width=WIDTH))),
            "dlhw, greedy": (len(words), lambda: recognizer.read(words, BeamSearch(width=1))),
            "(a) beam 3, one by one": (len(few), lambda: plain_beam(recognizer, few)),
        }
        if shutil.which("tesseract"):
            lists = write_images(few, Path(folder))
            ways["(b) Tesseract"] = (len(few), lambda: tesseract(lists))
        rates: dict[str, list[float]] = {name: [] for name in ways}
        for number in range(arguments.rounds + 1):
            for name, (count, way) in ways.items():
                started = time.perf_counter()
                way()
                if number:  # the first round warms up
                    rates[name].append(count / (time.perf_counter() - started))
    about = environment(compute)
    print(f"{compute.name}, {compute.threads} threads, torch {about['versions']['torch']}, {platform.system()}")
    print(f"{len(words):,} words, of which (a) and (b) read {len(few):,}; {arguments.rounds} rounds; {precision}")
    for name, values in rates.items():
        ratios = sorted(ours / theirs for ours, theirs in zip(rates["dlhw, beam 3"], values, strict=True))
        spread = f"beam 3 is {statistics.median(ratios):.2f} × [{ratios[0]:.2f}, {ratios[-1]:.2f}] as fast"
        print(f"  {name:24} {statistics.median(values):8,.1f} words/s   {'' if name == 'dlhw, beam 3' else spread}")


if __name__ == "__main__":
    main()
