"""How well the boxes of letters fit, on words in plain print whose letters' places are known.

    uv run python benchmarks/ocr_boxes.py --threads 1

200 test words in five of matplotlib's faces, every second one pale and with noise. Of those that are read right, each
letter's box is compared with where its ink begins and ends: intersection over union of the two, in columns.
"""

from __future__ import annotations

import argparse
from itertools import pairwise
from pathlib import Path

import matplotlib
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from dlhw.learning.device import choose_precision, configure
from dlhw.ocr.boxes import letter_boxes
from dlhw.ocr.checkpoints import reading_checkpoint
from dlhw.ocr.data import Words
from dlhw.ocr.decoding.beam import BeamSearch
from dlhw.ocr.encoder import PIXELS_A_COLUMN
from dlhw.ocr.preprocessing import HEIGHT, prepare
from dlhw.ocr.recognizer import load_recognizer
from dlhw.ocr.words.source import WordSource

FACES = ("DejaVuSans.ttf", "DejaVuSerif.ttf", "DejaVuSans-Bold.ttf", "STIXGeneral.ttf", "DejaVuSansMono.ttf")
COUNT, SIZE, MARGIN = 200, 40, 10
Box = tuple[float, float]


def example(text: str, number: int, rng: np.random.Generator) -> tuple[NDArray[np.uint8], list[Box]]:
    """An image (32, W), and where each letter's ink begins and ends in it."""
    path = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / FACES[number % len(FACES)]
    font = ImageFont.truetype(str(path), SIZE)
    image = Image.new("L", (int(font.getlength(text)) + 2 * MARGIN, 60), 255)
    ImageDraw.Draw(image).text((MARGIN, 5), text, 0, font)
    boxes = []
    for place, letter in enumerate(text):
        begin, ink = MARGIN + font.getlength(text[:place]), font.getbbox(letter)
        boxes.append((begin + ink[0], begin + ink[2]))
    if number % 2:
        noisy = np.asarray(image) * 0.5 + 60 + rng.normal(0, 12, (image.height, image.width))
        image = Image.fromarray(noisy.clip(0, 255).astype(np.uint8))
    scale = HEIGHT / image.height
    return prepare(image), [(left * scale, right * scale) for left, right in boxes]


def halfway(image: NDArray[np.uint8], attention: NDArray[np.float32]) -> list[Box]:
    """The plain way: boundaries halfway between the centres of attention."""
    centres = np.maximum.accumulate(attention @ ((np.arange(attention.shape[1]) + 0.5) * PIXELS_A_COLUMN))
    middles = (centres[1:] + centres[:-1]) / 2
    first, last = (2 * centres[0] - middles[0], 2 * centres[-1] - middles[-1]) if len(middles) else (0, len(image[0]))
    return list(pairwise([max(0.0, float(first)), *middles.tolist(), min(float(image.shape[1]), float(last))]))


def overlap(one: Box, other: Box) -> float:
    """Intersection over union."""
    return max(0.0, min(one[1], other[1]) - max(one[0], other[0])) / (max(one[1], other[1]) - min(one[0], other[0]))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", type=Path, default=Path("attention"))
    parser.add_argument("--threads", type=int, default=None)
    arguments = parser.parse_args()
    compute = configure("cpu", arguments.threads)
    precision = choose_precision("auto", compute.device)
    recognizer = load_recognizer(reading_checkpoint(arguments.checkpoint), device=compute.device, precision=precision)
    rng, source = np.random.default_rng(1), WordSource.checked()
    texts = [source.draw("test", rng) for _ in range(COUNT)]
    # Squeezed to the greatest width, a word's scale would be another.
    made = [(text, *example(text, number, rng)) for number, text in enumerate(texts) if 2 <= len(text) <= 12]
    words = Words.pack([image for _, image, _ in made], [text for text, _, _ in made], [""] * len(made))
    found = recognizer.read(words, BeamSearch(width=3), attention=True)
    right = [(one[0], row) for one, row in zip(found, made, strict=True) if one[0].text == row[0]]
    print(f"{compute.name}, {precision}; {len(right)} of {len(made)} words read right")
    for name, boxes in (("least ink between", letter_boxes), ("halfway between", halfway)):
        values = np.array(
            [
                overlap(box, true)
                for reading, (_, image, truth) in right
                if reading.attention is not None
                for box, true in zip(boxes(image, reading.attention), truth, strict=True)
            ]
        )
        print(f"{name}: mean IoU {values.mean():.3f}, above 0.5 {np.mean(values > 0.5):.3f}, n = {len(values)}")


if __name__ == "__main__":
    main()
