"""Images wider than the network takes, read through a sliding window: in overlapping parts.

Squeezed to 256 columns, letters of a long text become narrower than any that were learnt. Read in parts as wide as
ordinary words, each letter is taken from the part in which it stands further from an edge: where two parts overlap,
they are cut at the column with the least ink near the middle. A few letters set wide apart are better squeezed, so the
image is read both ways, and the likelier reading counts. On 150
rendered texts of two to five test words in plain print (benchmarks/ocr_wide.py, recogniser ``attention``) the character
error rate is 0.18 squeezed and 0.05 so where they are narrower than 11:1, and 0.52 and 0.05 above 16:1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dlhw.ocr.boxes import letter_boxes
from dlhw.ocr.data import PART, WideImage, Words
from dlhw.ocr.decoding.interface import Decoder
from dlhw.ocr.encoder import PIXELS_A_COLUMN
from dlhw.ocr.preprocessing import HEIGHT, MAX_WIDTH
from dlhw.ocr.reads import Reads
from dlhw.ocr.recognizer import Reading

OVERLAP = 64
"""Columns that two neighbouring parts share at least: two times the height."""

MIDDLE = 0.15
"""What a cut at the end of an overlap costs, in parts of the greatest ink of a column."""

BLANK = 0.2
"""Of the greatest ink of the image: a part with less holds no letter, and the network would write some anyway."""


def is_wide(image: Image.Image) -> bool:
    """Whether an image would be squeezed to the greatest width."""
    return round(image.width * HEIGHT / image.height) > MAX_WIDTH


def cut_wide(image: Image.Image) -> WideImage | None:
    """Scale an image to the network's height, and find its parts; ``None`` of one that is not :func:`is_wide`."""
    if not is_wide(image):
        return None
    width = math.ceil(image.width * HEIGHT / image.height / PIXELS_A_COLUMN) * PIXELS_A_COLUMN
    pixels = np.array(image.convert("L").resize((width, HEIGHT), Image.Resampling.BILINEAR))
    count = math.ceil((width - OVERLAP) / (PART - OVERLAP))
    evenly = np.linspace(0, width - PART, count)
    starts = tuple(int(PIXELS_A_COLUMN * round(start / PIXELS_A_COLUMN)) for start in evenly)
    ink = np.convolve(_ink(pixels), np.ones(3) / 3, mode="same")
    inner = [_cut(ink, second, first + PART) for first, second in pairwise(starts)]
    return WideImage(pixels=pixels, starts=starts, cuts=(0, *inner, width))


def read_in_parts(recognizer: Reads, images: Sequence[WideImage], decoder: Decoder) -> list[Reading]:
    """Read images part by part; the likeliest text of each part counts.

    Returns:
        A reading of each: its probability is the product of its letters', and its attention is over the whole image.
    """
    parts = [(owner, index) for owner, image in enumerate(images) for index in _inked(image)]
    names = [""] * len(parts)
    words = Words.pack([images[owner].part(index) for owner, index in parts], names, names)
    found = [candidates[:1] for candidates in recognizer.read(words, decoder)]
    letters: list[list[tuple[str, float, NDArray[np.float32]]]] = [[] for _ in images]
    whole = [0.0] * len(images)
    for (owner, index), (reading,) in zip(parts, recognizer.with_attention(words, found), strict=True):
        letters[owner] += _kept(images[owner], index, reading)
        whole[owner] += reading.log_probability
    return [_joined(image, own, nothing) for image, own, nothing in zip(images, letters, whole, strict=True)]


def _kept(image: WideImage, index: int, reading: Reading) -> list[tuple[str, float, NDArray[np.float32]]]:
    """The letters of a part that belong to it, each with log P and its attention over the whole image."""
    assert reading.attention is not None  # the recogniser attends, and it was asked for
    assert reading.letters is not None
    start, kept = image.starts[index], []
    boxes = letter_boxes(image.part(index), reading.attention)
    for text, log_probability, looked, (left, right) in zip(
        reading.text, reading.letters, reading.attention, boxes, strict=True
    ):
        if image.cuts[index] <= start + (left + right) / 2 < image.cuts[index + 1]:
            whole = np.zeros(image.pixels.shape[1] // PIXELS_A_COLUMN, dtype=np.float32)
            whole[start // PIXELS_A_COLUMN :][: len(looked)] = looked
            kept.append((text, log_probability, whole))
    return kept


def _joined(image: WideImage, letters: Sequence[tuple[str, float, NDArray[np.float32]]], nothing: float) -> Reading:
    columns = image.pixels.shape[1] // PIXELS_A_COLUMN
    return Reading(
        text="".join(text for text, _, _ in letters),
        log_probability=math.fsum(log_probability for _, log_probability, _ in letters) if letters else nothing,
        truncated=False,
        attention=np.stack([looked for _, _, looked in letters]) if letters else np.zeros((0, columns), np.float32),
        letters=tuple(log_probability for _, log_probability, _ in letters),
        parts=len(image.starts),
    )


def _inked(image: WideImage) -> list[int]:
    ink = _ink(image.pixels)
    return [index for index, start in enumerate(image.starts) if ink[start : start + PART].max() >= BLANK]


def _ink(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """How much the pixels of each column differ, 1 at most."""
    ink = pixels.astype(np.float64).std(axis=0)
    scaled: NDArray[np.float64] = ink / max(float(ink.max()), 1e-9)
    return scaled


def _cut(ink: NDArray[np.float64], first: int, end: int) -> int:
    """The best column to cut an overlap at, in its inner half."""
    margin = (end - first) // 4
    places = np.arange(first + margin, end - margin)
    away = np.abs(places - (first + end) / 2) / (end - first)
    return int(places[np.argmin(ink[places] + MIDDLE * away)])
