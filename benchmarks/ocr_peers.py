"""dlhw's recognisers beside other readers of words, on the same images.

    uv sync --group peers
    uv run --group peers python benchmarks/ocr_peers.py --data iiit5k/train cute80 --rendered full \\
        --tessdata /usr/share/tesseract-ocr/5/tessdata

Recognition alone: one image is one word, and nobody looks for words in it. Each system is a process of its own with one
thread; images go round in chunks, one system after the other, so that a busy machine slows all of them alike. Texts are
compared as a–z and 0–9 without case. Speed is words for a second of the processor, from an image in memory to its text.
Weights are those inside the packages of the group ``peers``; Tesseract's are Debian's tesseract-ocr-eng. Nothing is
downloaded. A system that is not installed is left out and named.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import multiprocessing
import os
import resource
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dlhw.learning.intervals import wilson
from dlhw.ocr.labels.finding import read_labels
from dlhw.ocr.scoring.protocols import normalize

CHUNK = 64
SEED = 7
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_THREAD_LIMIT")

RGB = NDArray[np.uint8]
"""(H, W, 3)"""

Read = Callable[[Sequence[RGB]], list[str]]


@dataclass(frozen=True)
class System:
    """Something that reads words, and where its weights are."""

    read: Read
    weights: Sequence[Path]


def dlhw(checkpoint: str, *, plain: bool) -> System:
    """A recogniser of the package, as it reads by default or without a second look and a prior."""
    import torch

    from dlhw.learning.device import choose_precision
    from dlhw.ocr.checkpoints import recognizer_checkpoint
    from dlhw.ocr.data import Words
    from dlhw.ocr.decoding.beam import BeamSearch
    from dlhw.ocr.preprocessing import prepare
    from dlhw.ocr.recognizer import load_recognizer
    from dlhw.ocr.second_look.reader import NO_PRIOR, reader_for

    torch.set_num_threads(1)
    path, device, decoder = recognizer_checkpoint(Path(checkpoint)), torch.device("cpu"), BeamSearch(width=3)
    recognizer = load_recognizer(path, device=device, precision=choose_precision("auto", device))
    asked: dict[str, Any] = {"second_look": not plain, "prior": NO_PRIOR if plain else "en"}
    reader = reader_for(recognizer, decoder, **asked)

    def read(images: Sequence[RGB]) -> list[str]:
        names = [""] * len(images)
        words = Words.pack([prepare(Image.fromarray(image)) for image in images], names, names)
        return [found[0].text for found in reader.read(words, decoder)]

    return System(read, [path])


def rapidocr() -> System:
    """PP-OCRv6, small."""
    package = importlib.import_module("rapidocr")
    inputs = importlib.import_module("rapidocr.ch_ppocr_rec.typings")
    threads = {f"EngineConfig.onnxruntime.{kind}_op_num_threads": 1 for kind in ("intra", "inter")}
    engine = package.RapidOCR(params={**threads, "Global.log_level": "error"})
    # Its recogniser is loaded when it is first asked for.
    engine(np.full((48, 160, 3), 255, dtype=np.uint8), use_det=False, use_cls=False)

    def read(images: Sequence[RGB]) -> list[str]:
        found = engine.text_rec(inputs.TextRecInput(img=[np.ascontiguousarray(image[:, :, ::-1]) for image in images]))
        return list(found.txts or [""] * len(images))

    return System(read, list(Path(str(package.__file__)).parent.glob("models/*rec*.onnx")))


def rapidocr_onnxruntime() -> System:
    """PP-OCRv4, mobile."""
    package = importlib.import_module("rapidocr_onnxruntime")
    engine = package.RapidOCR(intra_op_num_threads=1, inter_op_num_threads=1)

    def read(images: Sequence[RGB]) -> list[str]:
        found, _ = engine.text_rec([np.ascontiguousarray(image[:, :, ::-1]) for image in images])
        return [one[0] for one in found]

    return System(read, list(Path(str(package.__file__)).parent.glob("models/*rec*.onnx")))


def easyocr() -> System:
    """EasyOCR's second generation for English."""
    import torch

    torch.set_num_threads(1)
    package = importlib.import_module("easyocr")
    models = Path(str(importlib.import_module("easyocr_en_models").__file__)).parent / "models"
    reader = package.Reader(
        ["en"], gpu=False, detector=False, download_enabled=False, model_storage_directory=str(models), verbose=False
    )

    def one(image: RGB) -> str:
        height, width = image.shape[:2]
        grey = np.asarray(Image.fromarray(image).convert("L"))
        return "".join(reader.recognize(grey, [[0, width, 0, height]], [], detail=0))

    return System(lambda images: [one(image) for image in images], [models / "english_g2.pth"])


def tesseract(tessdata: Path) -> System:
    """Tesseract for a single word, each image scaled to a height of 64 within a margin of 16 pixels."""
    package = importlib.import_module("tesserocr")
    engine = package.PyTessBaseAPI(path=str(tessdata), lang="eng", psm=package.PSM.SINGLE_WORD)

    def one(pixels: RGB) -> str:
        image = Image.fromarray(pixels)
        scaled = image.resize((max(1, round(image.width * 64 / image.height)), 64), Image.Resampling.BICUBIC)
        engine.SetImage(Image.fromarray(np.pad(np.asarray(scaled), ((16, 16), (16, 16), (0, 0)), mode="edge")))
        return str(engine.GetUTF8Text()).strip()

    return System(lambda images: [one(image) for image in images], [tessdata / "eng.traineddata"])


def serve(connection: Connection, make: Callable[..., System], arguments: dict[str, Any]) -> None:
    """A system's process: chunks of images come, texts and seconds of the processor go."""
    system = make(**arguments)
    system.read([np.full((32, 96, 3), 255, dtype=np.uint8)])  # what is done once is not counted
    connection.send(sum(path.stat().st_size for path in system.weights))
    while (images := connection.recv()) is not None:
        started = time.process_time()
        texts = system.read(images)
        seconds = time.process_time() - started
        connection.send((texts, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024))


class Process:
    """A system in a process of its own."""

    def __init__(self, make: Callable[..., System], arguments: dict[str, Any]) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=serve, args=(theirs, make, arguments), daemon=True)
        self._process.start()
        theirs.close()
        self.bytes: int = self._connection.recv()
        self.memory = 0

    def read(self, images: Sequence[RGB]) -> tuple[list[str], float]:
        """Texts, and the seconds they took."""
        self._connection.send(list(images))
        texts, seconds, self.memory = self._connection.recv()
        return texts, seconds

    def close(self) -> None:
        """End the process."""
        self._connection.send(None)
        self._process.join()


def real_words(folder: Path) -> tuple[list[RGB], list[str]]:
    """Images as they are, and what is written in them."""
    words = [word for part in read_labels(folder).values() for word in part.words]
    return [np.asarray(Image.open(word.path).convert("RGB")) for word in words], [word.text for word in words]


def rendered_words(difficulty: str, count: int) -> tuple[list[RGB], list[str]]:
    """Validation words of a mix in matplotlib's fonts, in their natural size."""
    from dlhw.ocr.rendering.rendered import rendered_words as recipe
    from dlhw.ocr.words.source import WordSource

    words = recipe(WordSource(), "validation", seed=SEED, difficulty=difficulty)  # type: ignore[arg-type]
    examples = [words.example(index) for index in range(count)]
    return [np.asarray(image.convert("RGB")) for _, image in examples], [text for text, _ in examples]


def systems(checkpoint: str, tessdata: Path | None) -> Iterator[tuple[str, Callable[..., System], dict[str, Any]]]:
    """Those that are installed."""
    yield f"dlhw {Path(checkpoint).stem}, plain", dlhw, {"checkpoint": checkpoint, "plain": True}
    yield f"dlhw {Path(checkpoint).stem}, second look and prior", dlhw, {"checkpoint": checkpoint, "plain": False}
    peers = (
        ("PP-OCRv6 small", "rapidocr", rapidocr),
        ("PP-OCRv4 mobile", "rapidocr_onnxruntime", rapidocr_onnxruntime),
        ("EasyOCR", "easyocr", easyocr),
    )
    for name, package, make in peers:
        if importlib.util.find_spec(package):
            yield name, make, {}
        else:
            print(f"{name} is left out: {package} is not installed (uv sync --group peers)")
    if tessdata and importlib.util.find_spec("tesserocr"):
        yield "Tesseract", tesseract, {"tessdata": tessdata}
    else:
        print("Tesseract is left out: tesserocr is not installed, or --tessdata not given")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", default="reader", help="a name, a file or a run of dlhw's")
    parser.add_argument("--data", type=Path, nargs="*", default=[], help="folders of labelled images")
    parser.add_argument("--rendered", nargs="*", default=[], help="mixes of words: plain, full, reader")
    parser.add_argument("--count", type=int, default=500, help="rendered words of each mix")
    parser.add_argument("--tessdata", type=Path, help="the folder of eng.traineddata")
    arguments = parser.parse_args()
    os.environ.update(dict.fromkeys(THREADS, "1"))
    running = {name: Process(make, given) for name, make, given in systems(arguments.checkpoint, arguments.tessdata)}
    sets = {f"`{'/'.join(folder.resolve().parts[-2:])}`": real_words(folder) for folder in arguments.data}
    sets |= {f"rendered, {mix}": rendered_words(mix, arguments.count) for mix in arguments.rendered}
    print("\n| words | n | system | read | 95 % | words/s | memory | weights |")
    print("| --- | ---: | --- | ---: | --- | ---: | ---: | ---: |")
    for name, (images, texts) in sets.items():
        right, seconds = dict.fromkeys(running, 0), dict.fromkeys(running, 0.0)
        for first in range(0, len(images), CHUNK):
            truths = [normalize(text, "alnum36") for text in texts[first : first + CHUNK]]
            for label, process in running.items():
                found, took = process.read(images[first : first + CHUNK])
                right[label] += sum(normalize(one, "alnum36") == true for one, true in zip(found, truths, strict=True))
                seconds[label] += took
        for label, process in running.items():
            share = wilson(right[label], len(images))
            low, high = (100 * (end or 0.0) for end in (share.low, share.high))
            read, speed = 100 * right[label] / len(images), len(images) / seconds[label]
            print(
                f"| {name} | {len(images):,} | {label} | {read:.1f} % | {low:.1f}–{high:.1f} "
                f"| {speed:.0f} | {process.memory / 2**20:.0f} MiB | {process.bytes / 1e6:.1f} MB |",
                flush=True,
            )
    for process in running.values():
        process.close()


if __name__ == "__main__":
    main()
