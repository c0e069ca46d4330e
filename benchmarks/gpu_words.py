"""The parts of ``gpu.py`` that learn and read words. They need fontTools, which the others do without."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence

import torch
from gpu_parts import Place, command, milliseconds, say, synchronize

from dlhw.cores import usable_cores
from dlhw.ocr.alphabet import Alphabet
from dlhw.ocr.batches import CHUNK, Batch
from dlhw.ocr.data import Words
from dlhw.ocr.decoding.beam import BeamSearch
from dlhw.ocr.epochs import FreshWords
from dlhw.ocr.network import Architecture, WordNetwork
from dlhw.ocr.pretrained import pretrained
from dlhw.ocr.recognizer import load_recognizer
from dlhw.ocr.rendering.rendered import rendered_words
from dlhw.ocr.rendering.workers import Renderer
from dlhw.ocr.settings import Settings
from dlhw.ocr.training import WordTask
from dlhw.ocr.training_dataset import Request


class Kept:
    """Words in memory to learn from: the same ones in every epoch."""

    def __init__(self, words: Words) -> None:
        self._chunks = [
            words.select(range(first, min(first + CHUNK, len(words)))) for first in range(0, len(words), CHUNK)
        ]

    def with_seed(self, seed: int, *, alone: bool = False) -> Kept:
        return self

    def __len__(self) -> int:
        return sum(map(len, self._chunks))

    def chunk(self, epoch: int, index: int) -> Words:
        return self._chunks[index]


class OnDevice:
    """Batches that are made, and lie on the device."""

    def __init__(self, batches: Sequence[Batch]) -> None:
        self._batches = batches

    def begin(self, epoch: int) -> None:
        pass

    def __getitem__(self, step: int) -> Batch:
        return self._batches[step]


def word_rate(task: WordTask, count: int, device: torch.device, epochs: Sequence[int]) -> str:
    """Words learnt a second in epochs, after a first one that does not count."""
    rates = []
    for epoch in (1, *epochs):
        synchronize(device)
        started = time.perf_counter()
        task.model.train()
        task.begin_epoch(epoch)
        for step in range(len(task.batch_sizes)):
            task.train_step(step)
        synchronize(device)
        rates.append(count / (time.perf_counter() - started))
    return f"{statistics.median(rates[1:]):,.0f} words/s ({', '.join(f'{rate:,.0f}' for rate in rates[1:])})"


def words(place: Place) -> bool:
    """``ocr train``: words that are rendered meanwhile, lie in memory, or lie in batches on the device."""
    compute, count = place.configure(), place.few(8192, 96)
    source = Request().word_source()
    rendering = rendered_words(source, "train", seed=1, difficulty="reader")
    cores = max(1, usable_cores() - 1)
    with Renderer(cores if not place.quick else 1) as renderer:
        started = time.perf_counter()
        cached = renderer.render(rendering, 0, count)
        seconds = time.perf_counter() - started
        say("words", f"rendering on {cores} cores, their start included", f"{count / seconds:,.0f} words/s")
        alphabet = Alphabet.from_texts(tuple(source.characters))

        def task_of(batch: int, words: Kept | FreshWords) -> WordTask:
            settings = Settings.of_recipe("reader", batch_size=batch, words=count, epochs=3)
            torch.manual_seed(1)
            network = WordNetwork(Architecture(alphabet_size=alphabet.size))
            return WordTask(settings, network, alphabet, words, cached.select(range(32)), compute, words={})

        for batch in (512, 256, 64) if not place.quick else (32,):
            task = task_of(batch, Kept(cached))
            precision = str(task.recognizer.precision).removeprefix("torch.")
            say(
                "words",
                f"in memory, batch {batch}, {precision}",
                word_rate(task, count, compute.device, (2,)),
                "goal: 20,000",
            )
            ready = [task._batches[step].to(compute.device) for step in range(len(task.batch_sizes))]
            task._batches = OnDevice(ready)  # type: ignore[assignment]
            say("words", f"batches on the device, batch {batch}", word_rate(task, count, compute.device, (2,)))
        fresh = task_of(64 if not place.quick else 32, FreshWords(rendering, count, renderer, ahead=4))
        say("words", "rendered meanwhile, batch 64", word_rate(fresh, count, compute.device, (2,)))
    return True


def reading(place: Place) -> bool:
    """``ocr read`` and ``ocr eval`` with the packaged ``reader``, and its parts."""
    compute, count = place.configure(), place.few(1024, 32)
    rendering = rendered_words(Request().word_source(), "test", seed=1)
    with Renderer(max(1, usable_cores() - 1) if not place.quick else 1) as renderer:
        found = renderer.render(rendering, 0, count)
    fast = compute.device.type == "cuda"
    for precision in (torch.float32, torch.bfloat16) if fast else (torch.float32,):
        recognizer = load_recognizer(pretrained("reader"), device=compute.device, precision=precision)
        for width in (1, 3):
            rates = []
            for _ in range(2):
                synchronize(compute.device)
                started = time.perf_counter()
                recognizer.read(found, BeamSearch(width=width))
                rates.append(count / (time.perf_counter() - started))
            said = ", ".join(f"{rate:,.0f}" for rate in rates)
            name = str(precision).removeprefix("torch.")
            say(
                "reading",
                f"beam {width}, {name}, batches of 64 from memory, twice",
                f"{said} words/s",
                "goal: 20,000",
            )
        encoded = [(torch.zeros(size, 1, 32, 112, dtype=torch.uint8), torch.full((size,), 112)) for size in (64, 512)]
        for images, widths in encoded:
            pair = (images.to(compute.device), widths.to(compute.device))
            with (
                torch.inference_mode(),
                torch.autocast(compute.device.type, precision, enabled=precision != torch.float32),
            ):
                taken = milliseconds(lambda: recognizer.network.encode(*pair), compute.device, 10)  # noqa: B023
            say(
                "reading",
                f"the encoder alone, {len(widths)} words of 112 columns, {precision}",
                f"{statistics.median(taken):.2f} ms",
            )
    rendered = place.folder / "rendered"
    command("ocr", "render", "--count", count, "--out", rendered)
    for look in ("--no-second-look", "--second-look"):
        document = command("ocr", "eval", "--checkpoint", "reader", "--data", rendered, "--device", place.device, look)
        say("reading", f"`ocr eval {look}`", f"{document['words_per_second']:,.0f} words/s")
    document = command("ocr", "read", rendered, "--checkpoint", "reader", "--device", place.device)
    say("reading", "`ocr read` of files, PyTorch's start included", f"{count / document['seconds']:,.0f} words/s")
    return True


PARTS: dict[str, Callable[[Place], bool]] = {"words": words, "reading": reading}
"""Each returns whether its checks passed."""
