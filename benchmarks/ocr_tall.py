"""Words in images taller than wide: read as they stand, and in each stance that their letters may have.

    uv run python benchmarks/ocr_tall.py --data iiit5k/train cute80

Short words that stand upright, words on end, and stacks of letters are rendered with matplotlib's fonts and a fixed
seed, half of them in plain print. How many are read rightly both ways, with Wilson's 95 % interval of the second; and
how many are read in another stance than upright.
"""

from __future__ import annotations

import argparse
import string
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from dlhw.learning.device import choose_precision, configure
from dlhw.learning.intervals import wilson
from dlhw.ocr.checkpoints import reading_checkpoint
from dlhw.ocr.data import Words
from dlhw.ocr.decoding.beam import BeamSearch
from dlhw.ocr.decoding.interface import LONGEST
from dlhw.ocr.evaluation import BEAM
from dlhw.ocr.orientation import TALL, set_right
from dlhw.ocr.preprocessing import prepare
from dlhw.ocr.recognizer import load_recognizer
from dlhw.ocr.rendering.font_files import matplotlib_files
from dlhw.ocr.rendering.fonts import evaluation_fonts
from dlhw.ocr.rendering.mix import Difficulty
from dlhw.ocr.rendering.rendered import render_word
from dlhw.ocr.scoring.protocols import ProtocolName, normalize
from dlhw.ocr.second_look.reader import reader_for
from dlhw.ocr.sources import load_words
from dlhw.ocr.words.source import WordSource

SEED = 11
FACES = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSerif.ttf", "DejaVuSansMono.ttf")


def stack(text: str, rng: np.random.Generator) -> Image.Image:
    """Letters one below the other, centred, dark on light or light on dark, half of the images with noise."""
    (face,) = matplotlib_files((FACES[rng.integers(len(FACES))],))
    font = ImageFont.truetype(str(face), int(rng.integers(24, 60)))
    ground, ink = ("black", "white") if rng.random() < 0.3 else ("white", "black")
    gap, margin = int(font.size * rng.uniform(0.15, 0.5)), int(rng.integers(4, 16))
    boxes = [font.getbbox(letter) for letter in text]
    width = max(right - left for left, _, right, _ in boxes)
    height = sum(bottom - top for _, top, _, bottom in boxes) + gap * (len(text) - 1)
    image = Image.new("RGB", (int(width) + 2 * margin, int(height) + 2 * margin), ground)
    draw, place = ImageDraw.Draw(image), float(margin)
    for letter, (left, top, right, bottom) in zip(text, boxes, strict=True):
        draw.text((margin + (width - right + left) // 2 - left, place - top), letter, ink, font)
        place += bottom - top + gap
    pixels = np.asarray(image) + rng.normal(0, rng.choice([0, 6]), (image.height, image.width, 3))
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def rendered(count: int) -> Iterator[tuple[str, Words, ProtocolName]]:
    """What is read of what is rendered."""
    source, rng = WordSource.checked(), np.random.default_rng(SEED)
    fonts = evaluation_fonts(source.characters)
    letters = list(string.ascii_letters + string.digits)

    def of(name: str) -> tuple[str, Image.Image]:
        if name == "stacks":
            text = next(one for one in iter(lambda: source.draw("test", rng), "") if one.isalpha() and len(one) > 2)
            text = text[:12].upper() if rng.random() < 0.7 else text[:12]
            return text, stack(text, rng)
        difficulty: Difficulty = "plain" if rng.random() < 0.5 else "full"
        if name == "short words, upright":
            text = "".join(rng.choice(letters, size=rng.integers(1, 4)))
            return text, render_word(text, fonts, rng, difficulty)
        text = source.draw("test", rng)
        return text, render_word(text, fonts, rng, difficulty).rotate(int(rng.choice([90, -90])), expand=True)

    protocols: dict[str, ProtocolName] = {"short words, upright": "exact", "words on end": "exact", "stacks": "nocase"}
    for name, protocol in protocols.items():
        found: list[tuple[str, Image.Image]] = []
        while len(found) < count:
            text, image = of(name)
            if image.height >= TALL * image.width:
                found.append((text, image))
        texts = [text for text, _ in found]
        images = [image for _, image in found]
        on_end = [set_right(image) for image in images]
        yield name, Words.pack([prepare(image) for image in images], texts, texts, on_end=on_end), protocol


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", type=Path, help="a file, a run, or a name; default: that of dlhw ocr read")
    parser.add_argument("--data", type=Path, nargs="*", default=[], help="folders of labelled images")
    parser.add_argument("--count", type=int, default=250, help="rendered words of each kind")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    compute = configure("cpu", arguments.threads)
    path = reading_checkpoint(arguments.checkpoint)
    recognizer = load_recognizer(path, device=compute.device, precision=choose_precision("auto", compute.device))
    decoder = BeamSearch(width=BEAM, max_length=LONGEST)
    reader = reader_for(recognizer, decoder)
    print(f"{path.name}, {compute.name}")
    print("| words | n | as they stand, % | in each stance, % (95 % interval) | not upright |")
    print("| --- | ---: | ---: | ---: | ---: |")

    def row(name: str, words: Words, protocol: ProtocolName) -> None:
        if not len(words):
            return
        upright = Words.pack([words.image(index) for index in range(len(words))], words.texts, words.names)
        before, after = reader.read(upright, decoder), reader.read(words, decoder)
        wanted = [normalize(text, protocol) for text in words.texts]
        right = [
            sum(normalize(found[0].text, protocol) == text for found, text in zip(read, wanted, strict=True))
            for read in (before, after)
        ]
        share = wilson(right[1], len(words))
        turned = sum(found[0].stance != "upright" for found in after)
        low, high = (100 * (bound or 0.0) for bound in (share.low, share.high))
        print(
            f"| {name} | {len(words)} | {100 * right[0] / len(words):.1f} | {100 * right[1] / len(words):.1f} "
            f"({low:.1f}–{high:.1f}) | {turned} |",
            flush=True,
        )

    for folder in arguments.data:
        words = load_words(folder).words
        name = "/".join(folder.resolve().parts[-2:])
        row(f"`{name}`, tall", words.select(sorted(words.on_end)), "alnum36")
    for each in rendered(arguments.count):
        row(*each)


if __name__ == "__main__":
    main()
