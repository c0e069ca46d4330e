"""Images wider than the network takes, read by a reader that knows what stands where."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from dlhw.ocr.alphabet import Alphabet
from dlhw.ocr.data import PART, WideImage, Words
from dlhw.ocr.decoding.beam import BeamSearch
from dlhw.ocr.decoding.interface import Decoder
from dlhw.ocr.preprocessing import prepare
from dlhw.ocr.reads import seen_image
from dlhw.ocr.recognizer import Reading
from dlhw.ocr.second_look.reader import Method, Rereader
from dlhw.ocr.sliding_window import OVERLAP, cut_wide, is_wide, read_in_parts

BEAM = BeamSearch(width=1)
LETTERS = "abcdef"
WHOLE = 12
"""Columns of a letter: a bar as high as its place in the alphabet; narrower ones are read as x."""


def cut(image: Image.Image) -> WideImage:
    found = cut_wide(image)
    assert found is not None
    return found


def bars(text: str, gaps: Sequence[int]) -> Image.Image:
    """A text of bars on white, 32 pixels high."""
    width = 6 + sum(gaps[place % len(gaps)] + WHOLE for place, _ in enumerate(text))
    pixels = np.full((32, -(-width // 4) * 4), 255, dtype=np.uint8)  # so that no bar is scaled
    left = 4
    for place, letter in enumerate(text):
        pixels[28 - 4 * (1 + LETTERS.index(letter)) : 28, left : left + WHOLE] = 0
        left += WHOLE + gaps[place % len(gaps)]
    return Image.fromarray(pixels)


class BarReader:
    """Reads bars; one that an edge cuts is read as x. What is squeezed it cannot read."""

    alphabet = Alphabet(LETTERS + "x")
    attends = True
    temperature = 1.0

    def __init__(self, sure_of_squeezed: float = 0.01) -> None:
        self._sure = sure_of_squeezed
        self.seen: list[int] = []

    def read(self, words: Words, decoder: Decoder, **_: object) -> list[list[Reading]]:
        self.seen += words.widths.tolist()
        return [[self._reading(words.image(index))] for index in range(len(words))]

    def with_attention(self, words: Words, readings: Sequence[Sequence[Reading]]) -> list[list[Reading]]:
        return [[self._reading(words.image(index))] for index in range(len(words))]

    def _reading(self, image: NDArray[np.uint8]) -> Reading:
        if image.shape[1] > PART:
            attention = np.full((1, image.shape[1] // 4), 4 / image.shape[1], dtype=np.float32)
            p = math.log(self._sure)
            return Reading(text="x", log_probability=p, truncated=False, attention=attention, letters=(p,))
        dark = np.concatenate([[0], (image < 128).any(axis=0), [0]]).astype(int)
        begins, ends = np.flatnonzero(np.diff(dark) == 1), np.flatnonzero(np.diff(dark) == -1)
        text, rows = "", []
        for begin, end in zip(begins, ends, strict=True):
            height = round((image[:, (begin + end) // 2] < 128).sum() / 4)
            text += LETTERS[height - 1] if end - begin == WHOLE else "x"
            row = np.zeros(-(-image.shape[1] // 4), dtype=np.float32)
            row[min(int((begin + end) / 8), len(row) - 1)] = 1
            rows.append(row)
        attention = np.stack(rows) if rows else np.zeros((0, 1), dtype=np.float32)
        letters = (math.log(0.9),) * len(text)
        return Reading(text=text, log_probability=sum(letters), truncated=False, attention=attention, letters=letters)


texts = st.text(LETTERS, min_size=20, max_size=90)
spaces = st.lists(st.integers(4, 14), min_size=1, max_size=5)


@settings(max_examples=40)
@given(texts, spaces)
def test_every_letter_is_read_once_wherever_parts_are_cut(text: str, gaps: list[int]) -> None:
    image = bars(text, gaps)
    if is_wide(image):
        (reading,) = read_in_parts(BarReader(), [cut(image)], BEAM)
        assert reading.text == text
        assert reading.log_probability == pytest.approx(len(text) * math.log(0.9))
        assert reading.letters is not None
        assert len(reading.letters) == len(text)
        assert reading.attention is not None
        centres = reading.attention @ np.arange(reading.attention.shape[1])
        assert (np.diff(centres) > 0).all(), "over the whole image, from left to right"


@given(st.integers(257, 3200))
def test_parts_cover_the_image_and_overlap(width: int) -> None:
    wide = cut(Image.new("L", (width, 32), 255))
    assert wide.pixels.shape == (32, -(-width // 4) * 4)
    assert wide.starts[0] == 0
    assert wide.starts[-1] + PART == wide.pixels.shape[1]
    assert all(start % 4 == 0 for start in wide.starts), "as the columns of attention"
    assert all(second - first <= PART - OVERLAP + 4 for first, second in pairwise(wide.starts))
    assert list(wide.cuts) == sorted(set(wide.cuts))
    for (first, second), inner in zip(pairwise(wide.starts), wide.cuts[1:-1], strict=True):
        assert second < inner < first + PART


def test_the_likelier_of_both_readings_counts() -> None:
    image = bars("abcabcabcabcabcabcabc", [6])
    wide = cut(image)
    words = Words.pack([prepare(image)], [""], [""], wide=[wide])

    def read(recognizer: BarReader) -> Reading:
        reader = Rereader(recognizer=recognizer, method=Method())  # type: ignore[arg-type]
        ((reading,),) = reader.read(words, BEAM)
        return reading

    parted = read(BarReader())
    assert (parted.text, parted.parts) == ("abcabcabcabcabcabcabc", len(wide.starts))
    assert seen_image(words, 0, [parted]) is wide.pixels
    squeezed = read(BarReader(sure_of_squeezed=0.99))
    assert (squeezed.text, squeezed.parts) == ("x", 1)
    assert seen_image(words, 0, [squeezed]).shape == (32, 256)


def test_a_part_without_ink_is_not_read() -> None:
    """The network would write something there all the same."""
    pixels = np.full((32, 640), 255, dtype=np.uint8)
    pixels[8:28, 4:16] = pixels[4:28, 620:632] = 0
    image, reader = cut(Image.fromarray(pixels)), BarReader()
    (reading,) = read_in_parts(reader, [image], BEAM)
    assert reading.text == "ef"
    assert len(reader.seen) == 2 < len(image.starts)


def test_nothing_found_is_not_certain() -> None:
    class Silent(BarReader):
        def _reading(self, image: NDArray[np.uint8]) -> Reading:
            empty = replace(super()._reading(np.full((32, 8), 255, dtype=np.uint8)), log_probability=math.log(0.2))
            return replace(empty, attention=np.zeros((0, 1), dtype=np.float32))

    image = cut(bars("a" * 40, [6]))
    (reading,) = read_in_parts(Silent(), [image], BEAM)
    assert reading.text == ""
    assert reading.log_probability == pytest.approx(len(image.starts) * math.log(0.2))
