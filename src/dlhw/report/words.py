"""Images of words on the page: where the network looked, and what it misread."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from dlhw.ocr.evaluation import Evaluation, confidence
from dlhw.ocr.figures.attention import first_ordinary
from dlhw.ocr.figures.typesetting import visible
from dlhw.ocr.recognizer import Reading, Recognizer
from dlhw.report.section import Figure
from dlhw.report.svg import drawn_svg, image_element, png_uri, text_element

SHOWN = 5
WORD_WIDTH, GAP, LETTERS = 150.0, 34.0, 22.0
IMAGE_HEIGHT, ROW = 40.0, 19.0
HEAT = (213, 94, 0)
"""Okabe and Ito's vermilion, which is seen on white and on black."""


def attention_figure(recognizer: Recognizer, result: Evaluation) -> Figure:
    """The first words of ordinary length, and below each where the network looked for every letter that it wrote."""
    columns, texts = [], []
    for place, (index, reading) in enumerate(first_ordinary(recognizer, result, at_most=SHOWN)):
        columns.append(_column(result.words.image(index), reading, place * (WORD_WIDTH + GAP)))
        texts.append(reading.text)
    height = IMAGE_HEIGHT + 20 + ROW * max(map(len, texts), default=1)
    width = len(columns) * (WORD_WIDTH + GAP)
    return Figure(
        name="Figure E",
        caption="Where the network looked for each letter that it wrote: five words from the test, the first of "
        "ordinary length. Below each image its letters, and how the attention of each, which adds up to one, is "
        "spread over the columns.",
        svg=drawn_svg(
            width,
            height,
            "".join(columns),
            alternative=f"Attention while reading {', '.join(texts)}: it moves from left to right, a letter at a time.",
        ),
        wide=True,
    )


def worst_words(result: Evaluation, *, at_most: int) -> list[dict[str, Any]]:
    """The words that were read worst, each with its image and with the letters that differ marked."""
    rows = []
    for word in result.scores.worst[:at_most]:
        edits = Levenshtein.editops(word.reference, word.text)
        missing = {edit.src_pos for edit in edits if edit.tag != "insert"}
        wrong = {edit.dest_pos for edit in edits if edit.tag != "delete"}
        rows.append(
            {
                "image": png_uri(result.words.image(word.index)) if word.index < len(result.words) else None,
                "written": _letters(word.reference, missing),
                "read": _letters(word.text, wrong),
                "edits": word.distance,
            }
        )
    return rows


def _column(image: NDArray[np.uint8], reading: Reading, left: float) -> str:
    scale = min(IMAGE_HEIGHT / image.shape[0], (WORD_WIDTH - LETTERS) / image.shape[1])
    width, height = image.shape[1] * scale, image.shape[0] * scale
    parts = [image_element(image, left + LETTERS, IMAGE_HEIGHT - height, width, height)]
    middle = {"text-anchor": "middle", "dominant-baseline": "central", "class": "letter"}
    weights = reading.attention
    assert weights is not None  # it was asked for
    for row, letter in enumerate(reading.text):
        top = IMAGE_HEIGHT + 8 + row * ROW
        parts.append(text_element(visible(letter), left + LETTERS / 2, top + ROW / 2, middle))
        parts.append(image_element(_heat(weights[row]), left + LETTERS, top + 3, width, ROW - 6))
    probability = f"p = {confidence([reading]):.2f}"
    below = IMAGE_HEIGHT + 8 + len(reading.text) * ROW + 9
    parts.append(text_element(probability, left + LETTERS, below, {"class": "small"}))
    return "".join(parts)


def _heat(weights: NDArray[np.float32]) -> NDArray[np.uint8]:
    """One row of pixels, (1, T, 4), as opaque as a column was looked at."""
    strength = np.clip(weights / max(float(weights.max()), 1e-9), 0, 1) ** 0.7
    pixels = np.empty((1, len(weights), 4), dtype=np.uint8)
    pixels[..., :3] = HEAT
    pixels[..., 3] = np.round(20 + 235 * strength)
    return pixels


def _letters(text: str, marked: set[int]) -> list[dict[str, Any]]:
    """Runs of letters that are marked, or are not."""
    runs: list[dict[str, Any]] = []
    for place, letter in enumerate(text):
        if not runs or runs[-1]["marked"] != (place in marked):
            runs.append({"text": "", "marked": place in marked})
        runs[-1]["text"] += visible(letter)
    return runs
