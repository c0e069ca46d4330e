"""Texts too wide for the network: squeezed, and read in overlapping parts.

    uv run python benchmarks/ocr_wide.py --threads 1

300 rendered texts of two to five test words, wider than 8:1, every second one in plain print; character and word error
rates by how wide they are. ``--data`` are folders of labelled images, of which the wide ones are read both ways,
compared as a–z and 0–9.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image

from dlhw.learning.device import choose_precision, configure
from dlhw.ocr.checkpoints import reading_checkpoint
from dlhw.ocr.data import Words
from dlhw.ocr.decoding.beam import BeamSearch
from dlhw.ocr.decoding.interface import LONGEST
from dlhw.ocr.evaluation import BEAM
from dlhw.ocr.preprocessing import load_image, prepare
from dlhw.ocr.recognizer import Recognizer, load_recognizer
from dlhw.ocr.rendering.fonts import evaluation_fonts
from dlhw.ocr.rendering.rendered import render_word
from dlhw.ocr.scoring.protocols import ProtocolName
from dlhw.ocr.scoring.scores import measure
from dlhw.ocr.second_look.reader import Method, Rereader
from dlhw.ocr.sliding_window import cut_wide, is_wide, read_in_parts
from dlhw.ocr.sources import load_words
from dlhw.ocr.words.source import WordSource

ASPECTS = (8, 11, 16, 100)
Example = tuple[str, Image.Image]


def rendered(count: int) -> dict[str, list[Example]]:
    """Texts and their images, in all conditions and in plain print."""
    source, rng = WordSource.checked(), np.random.default_rng(5)
    fonts = evaluation_fonts(source.characters)
    found: dict[str, list[Example]] = {"plain": [], "full": []}
    while sum(map(len, found.values())) < count:
        words = (source.draw("test", rng) for _ in range(rng.integers(2, 6)))
        text = "".join(word + ("-" if rng.random() < 0.5 else "") for word in words)[:60]
        difficulty = "full" if len(found["plain"]) > len(found["full"]) else "plain"
        image = render_word(text, fonts, rng, difficulty)  # type: ignore[arg-type]
        if is_wide(image):
            found[difficulty].append((text, image))
    return found


def rows(name: str, examples: list[Example], recognizer: Recognizer, protocol: ProtocolName) -> Iterator[str]:
    """A line of the table for each range of widths."""
    decoder = BeamSearch(width=BEAM, max_length=LONGEST)
    for low, high in pairwise(ASPECTS):
        some = [(text, image) for text, image in examples if low < image.width / image.height <= high]
        if not some:
            continue
        names = [""] * len(some)
        cut = [wide for _, image in some if (wide := cut_wide(image)) is not None]
        words = Words.pack([prepare(image) for _, image in some], names, names, wide=cut)
        squeezed = recognizer.read(words, decoder)
        likelier = Rereader(recognizer=recognizer, method=Method()).read(words, decoder)
        ways = (
            [found[0] for found in squeezed],
            read_in_parts(recognizer, cut, decoder),
            [found[0] for found in likelier],
        )
        texts = [text for text, _ in some]
        rates = [measure(texts, [[found.text] for found in way], protocol=protocol) for way in ways]
        cells = " | ".join(f"{rate.cer:.3f} | {rate.wer:.3f}" for rate in rates)
        yield f"| {name} | {low} to {high} | {len(some)} | {cells} |"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", type=Path, default=Path("attention"))
    parser.add_argument("--data", type=Path, nargs="*", default=[], help="folders of labelled images")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--threads", type=int, default=None)
    arguments = parser.parse_args()
    compute = configure("cpu", arguments.threads)
    precision = choose_precision("auto", compute.device)
    recognizer = load_recognizer(reading_checkpoint(arguments.checkpoint), device=compute.device, precision=precision)
    print(f"{compute.name}, {precision}")
    print("| texts | width : height | n | squeezed: CER | WER | in parts: CER | WER | the likelier: CER | WER |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for difficulty, examples in rendered(arguments.count).items():
        for row in rows(f"rendered, {difficulty}", examples, recognizer, "exact"):
            print(row)
    for folder in arguments.data:
        words = load_words(folder).words
        images = [(text, load_image(Path(name))) for text, name in zip(words.texts, words.names, strict=True)]
        wide = [(text, image) for text, image in images if is_wide(image)]
        for row in rows(folder.name, wide, recognizer, "alnum36"):
            print(row)


if __name__ == "__main__":
    main()
