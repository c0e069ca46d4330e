"""Read images of words that nobody has labelled."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dlhw.errors import ImageError
from dlhw.images.arguments import ImageArgument
from dlhw.images.opening import pages
from dlhw.images.pool import decode_all
from dlhw.learning.parallel import ALONE, Ranks
from dlhw.learning.shares import shared_stream
from dlhw.ocr.boxes import letter_boxes
from dlhw.ocr.data import OnEnd, WideImage, Words
from dlhw.ocr.decoding.interface import Decoder
from dlhw.ocr.evaluation import confidence
from dlhw.ocr.margins import Box, without_margins
from dlhw.ocr.orientation import set_right, stood_up
from dlhw.ocr.preprocessing import HEIGHT, MAX_MEGAPIXELS, load_image, prepare
from dlhw.ocr.reads import Reads
from dlhw.ocr.recognizer import Reading
from dlhw.ocr.sliding_window import cut_wide

CHUNK = 256
"""Images in memory at once."""

SHOWN_HEIGHT = 2 * HEIGHT
"""Of the image in colour."""


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A letter of a text that was read."""

    text: str

    probability: float
    """P(letter | image, letters before), calibrated as all probabilities are."""

    box: tuple[float, float, float, float] | None
    """Left, top, right, bottom in pixels of the image, rotated as EXIF says; as high as the image, without margins that
    were cut. ``None`` for a network without attention."""


@dataclass(frozen=True, kw_only=True)
class ReadImage:
    """What was read in an image, or why nothing was."""

    name: str
    candidates: tuple[Reading, ...] = ()
    """The best first; empty where the image could not be read."""

    error: str | None = None
    pages: int = 1
    """How many the file has; the first was read."""

    image: Image.Image | None = None
    """The image in colour, as the network sees it but twice as large; where it was asked for."""

    letters: tuple[tuple[Letter, ...], ...] = ()
    """Those of each candidate, where they were asked for."""

    parts: int | None = None
    """In how many parts an image wider than 8:1 was read; 1 where it was squeezed instead. ``None`` for all others."""

    def as_document(self) -> dict[str, Any]:
        """A row of the document of ``dlhw ocr read``."""
        if self.error is not None:
            return {"image": self.name, "error": self.error}
        return {
            "image": self.name,
            **({"pages": self.pages} if self.pages > 1 else {}),
            **({} if self.parts is None else {"parts": self.parts}),
            "text": self.candidates[0].text,
            "confidence": confidence(self.candidates),
            "candidates": [
                {"text": one.text, "log_probability": one.log_probability}
                | ({"letters": [vars(letter) for letter in self.letters[place]]} if self.letters else {})
                for place, one in enumerate(self.candidates)
            ],
        }


@dataclass(frozen=True, kw_only=True)
class _Opened:
    pixels: NDArray[np.uint8]
    """(32, W)"""

    on_end: OnEnd | None
    """Made readable, where the word may stand on end."""

    wide: WideImage | None
    """At its natural width, where that is more than the network takes."""

    pages: int
    box: Box
    """The part of the image that is read."""

    image: Image.Image | None
    """In colour, where it was asked for."""

    def seen(self, reading: Reading) -> NDArray[np.uint8]:
        """The image that a text was read in, (32, W)."""
        return self.wide.pixels if self.wide is not None and reading.parts > 1 else self.pixels

    def shown(self, reading: Reading) -> Image.Image | None:
        """The image in colour as it was read, twice as high as the network sees it."""
        image = None if self.image is None else stood_up(self.image, reading.stance)
        if image is None:
            return None
        upright = reading.stance == "upright"
        columns = self.seen(reading).shape[1] if upright else prepare(image).shape[1]
        return image.resize((columns * SHOWN_HEIGHT // HEIGHT, SHOWN_HEIGHT), Image.Resampling.LANCZOS)


def read_images(
    recognizer: Reads,
    asked: Iterable[ImageArgument],
    decoder: Decoder,
    *,
    max_megapixels: float = MAX_MEGAPIXELS,
    attention: bool = False,
    letters: bool = False,
    ranks: Ranks = ALONE,
) -> Iterator[ReadImage]:
    """Read images in their order; one that cannot be opened is a row like the others.

    A chunk of images is asked for and read at a time, so that there may be any number of them.

    Args:
        recognizer: what reads.
        asked: which images.
        decoder: how it searches.
        max_megapixels: the largest image that is decoded.
        attention: whether to keep where the network looked, and the image in colour.
        letters: whether to find each letter's probability and place.
        ranks: who share the images, those that rank 0 asks for; all get the readings.

    Raises:
        UsageError: ``max_megapixels`` is out of range.
    """

    def read(chunk: Sequence[ImageArgument]) -> list[ReadImage]:
        options = {"attention": attention, "letters": letters}
        return list(read_chunk(recognizer, chunk, decoder, max_megapixels=max_megapixels, **options))

    for found in shared_stream(ranks, read, chunked(asked)):
        yield from found


def chunked(asked: Iterable[ImageArgument]) -> Iterator[list[ImageArgument]]:
    """So many images at a time as are read together."""
    rest = iter(asked)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk


def read_chunk(
    recognizer: Reads,
    chunk: Sequence[ImageArgument],
    decoder: Decoder,
    *,
    max_megapixels: float = MAX_MEGAPIXELS,
    attention: bool = False,
    letters: bool = False,
) -> Iterator[ReadImage]:
    """Read images that are in memory together. Arguments are those of :func:`read_images`.

    The last digits of a probability depend on which images share a batch, and so on the chunk.
    """

    def opened(one: ImageArgument) -> _Opened | str:
        if one.source is None:
            return one.problem
        try:
            image = load_image(one.source, max_megapixels=max_megapixels, name=one.name)
        except ImageError as error:
            return error.reason
        several, box = pages(image), without_margins(image)
        image = image.crop(box)
        return _Opened(
            pixels=prepare(image),
            on_end=set_right(image),
            wide=cut_wide(image),
            pages=several,
            box=box,
            image=image if attention else None,
        )

    results = decode_all(chunk, opened)
    good = [result for result in results if isinstance(result, _Opened)]
    names = [""] * len(good)
    words = Words.pack(
        [one.pixels for one in good],
        names,
        names,
        on_end=[one.on_end for one in good],
        wide=[one.wide for one in good],
    )
    found = recognizer.read(words, decoder, attention=attention)
    readings = iter(recognizer.with_attention(words, found) if letters else found)
    for one, result in zip(chunk, results, strict=True):
        if isinstance(result, _Opened):
            read = tuple(next(readings))
            yield ReadImage(
                name=one.name,
                candidates=read,
                pages=result.pages,
                image=result.shown(read[0]),
                letters=tuple(_letters(result, reading, recognizer.attends) for reading in read) if letters else (),
                parts=None if result.wide is None else read[0].parts,
            )
        else:
            yield ReadImage(name=one.name, error=result)


def _letters(opened: _Opened, reading: Reading, attends: bool) -> tuple[Letter, ...]:
    assert reading.letters is not None  # they were asked for
    boxes: list[tuple[float, float, float, float] | None] = [None] * len(reading.text)
    if attends and reading.attention is not None and reading.stance == "upright":  # else no box is upright
        first, top, last, bottom = opened.box
        seen = opened.seen(reading)
        scale = (last - first) / seen.shape[1]
        edges = letter_boxes(seen, reading.attention)
        boxes = [
            (round(first + left * scale, 1), float(top), round(first + right * scale, 1), float(bottom))
            for left, right in edges
        ]
    return tuple(
        Letter(text=text, probability=min(1.0, math.exp(log_probability)), box=box)
        for text, log_probability, box in zip(reading.text, reading.letters, boxes, strict=True)
    )
