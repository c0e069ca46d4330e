"""Where the network looked for each letter that it wrote."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from dlhw.errors import DataError
from dlhw.ocr.encoder import PIXELS_A_COLUMN
from dlhw.ocr.evaluation import Evaluation, confidence
from dlhw.ocr.figures.typesetting import FAINT, INK, WRONG, typeface, visible
from dlhw.ocr.preprocessing import HEIGHT
from dlhw.ocr.reading import ReadImage
from dlhw.ocr.reads import Reads, seen_image
from dlhw.ocr.recognizer import Reading

MARGIN, GUTTER, GAP, BAR = 24, 48, 10, 5
HEADING = 50
GALLERY = 5
"""Words side by side."""

SMOOTH = Image.Resampling.LANCZOS
PALE = 0.16
"""How much is left of what was not looked at."""


DARK = 100
"""A ground whose median is below this is dark."""


def draw_attention(image: Image.Image, reading: Reading) -> Image.Image:
    """Draw an image, and below it once for every letter what the network saw when it wrote that letter.

    What was not looked at fades; the bar below says how the attention, which sums to 1, is spread.

    Args:
        image: RGB, a whole number of times as large as what the network was given.
        reading: the text, with its attention: row i is what was looked at while letter i was emitted.
    """
    weights = reading.attention
    if weights is None:
        raise ValueError("the reading does not say where the network looked")
    height = image.height
    rows = len(reading.text) * (height + BAR + 2 + GAP)
    title = reading.text if reading.text.isprintable() else "".join(map(visible, reading.text))
    probability = f"probability of the string {confidence([reading]):.2f}"
    width = max(GUTTER + image.width, _width(title, 22, bold=True), _width(probability, 12))
    sheet = Image.new("RGB", (width + 2 * MARGIN, 2 * MARGIN + HEADING + height + 2 * GAP + rows), "white")
    draw = ImageDraw.Draw(sheet)
    draw.text((MARGIN, MARGIN - 6), title, INK, typeface(22, bold=True))
    draw.text((MARGIN, MARGIN + 24), probability, FAINT, typeface(12))
    top, left = MARGIN + HEADING, MARGIN + GUTTER
    sheet.paste(image, (left, top))
    top += height + 2 * GAP
    pixels = np.asarray(image, dtype=np.float32)
    for letter, row in zip(reading.text, weights, strict=True):
        along = _along(row, image)
        sheet.paste(_revealed(pixels, along / max(float(along.max()), 1e-9)), (left, top))
        sheet.paste(_bar(along, float(row.max())), (left, top + height + 2))
        shown = visible(letter)
        size = 26 if len(shown) == 1 else 13
        draw.text((MARGIN + GUTTER / 2 - 4, top + height / 2), shown, INK, typeface(size), anchor="mm")
        top += height + BAR + 2 + GAP
    return sheet


def first_ordinary(recognizer: Reads, evaluation: Evaluation, *, at_most: int) -> list[tuple[int, Reading]]:
    """The first words of ordinary length, each by its place and with its best reading as it was scored.

    They are not read again, which could give other samples than those that were scored, but followed: the readings
    have where the network looks while it writes just these texts.

    Args:
        recognizer: with attention, which was evaluated.
        evaluation: of its words.
        at_most: how many.
    """
    words = evaluation.words
    ordinary = [index for index, text in enumerate(words.texts) if 4 <= len(text) <= 9] or list(range(len(words)))
    shown = ordinary[:at_most]
    found = recognizer.with_attention(words.select(shown), [evaluation.readings[index][:1] for index in shown])
    return [(index, reading) for index, readings in zip(shown, found, strict=True) for reading in readings]


def draw_gallery(recognizer: Reads, evaluation: Evaluation, path: Path, *, title: str) -> Path:
    """Draw the attention for a few words side by side: the first of ordinary length, as they were scored.

    Args:
        recognizer: with attention.
        evaluation: what it read.
        path: of the image.
        title: what was read.
    """
    strips = []
    for index, reading in first_ordinary(recognizer, evaluation, at_most=GALLERY):
        image = Image.fromarray(seen_image(evaluation.words, index, [reading])).convert("RGB")
        strips.append(draw_attention(image.resize((image.width * 2, image.height * 2), SMOOTH), reading))
    heading = 64
    width = max(sum(strip.width for strip in strips), _width(title, 12) + 2 * MARGIN)
    sheet = Image.new("RGB", (width, heading + max((strip.height for strip in strips), default=0)), "white")
    draw = ImageDraw.Draw(sheet)
    draw.text((MARGIN, MARGIN - 4), "Where the network looked for each letter", INK, typeface(20))
    draw.text((MARGIN, MARGIN + 24), title, FAINT, typeface(12))
    left = 0
    for strip in strips:
        sheet.paste(strip, (left, heading))
        left += strip.width
    sheet.save(path)
    return path


def write_attention(images: Iterable[ReadImage], folder: Path) -> Iterator[ReadImage]:
    """Draw each image's best reading into ``folder`` while they pass by.

    A file is called like its image; of images with the same name the later ones get a number.

    Raises:
        DataError: the folder cannot be written.
    """
    taken: set[str] = set()
    for image in images:
        if image.image is not None and image.candidates:
            path = folder / f"{_free(image.name, taken)}.png"
            try:
                draw_attention(image.image, image.candidates[0]).save(path)
            except OSError as error:
                raise DataError(
                    f"{path} cannot be written: {error.strerror or error}", "give another folder"
                ) from error
        yield image


def _free(name: str, taken: set[str]) -> str:
    # Not every system takes every character in a name, and a name must not lead out of the folder.
    stem = re.sub(r"[^\w.+-]", "_", Path(name).stem)[:100].lstrip(".") or "image"
    number, free = 1, stem
    while free.casefold() in taken:
        number += 1
        free = f"{stem}-{number}"
    taken.add(free.casefold())
    return free


def _along(weights: NDArray[np.float32], image: Image.Image) -> NDArray[np.float64]:
    """The attention at every column of pixels: that of the network's columns, joined smoothly."""
    column = PIXELS_A_COLUMN * image.height / HEIGHT
    centres = (np.arange(len(weights)) + 0.5) * column
    return np.asarray(np.interp(np.arange(image.width) + 0.5, centres, weights))


def _revealed(pixels: NDArray[np.float32], along: NDArray[np.float64]) -> Image.Image:
    share = (PALE + (1 - PALE) * along).astype(np.float32)[None, :, None]
    # Into white, as on paper; light letters on a dark ground fade into that ground.
    ground = np.median(pixels, axis=(0, 1))
    if ground.mean() > DARK:
        ground = np.full(3, 255, dtype=np.float32)
    return Image.fromarray((ground + (pixels - ground) * share).round().astype(np.uint8))


def _bar(along: NDArray[np.float64], most: float) -> Image.Image:
    colour = np.array([int(WRONG[place : place + 2], 16) for place in (1, 3, 5)])
    share = np.clip(along / max(along.max(), 1e-9) * min(1.0, most * 2), 0, 1)[:, None]
    row = 236 - (236 - colour) * share  # (W, 3)
    return Image.fromarray(np.repeat(row.round().astype(np.uint8)[None], BAR, axis=0))


def _width(text: str, size: int, *, bold: bool = False) -> int:
    return round(typeface(size, bold=bold).getlength(text))
