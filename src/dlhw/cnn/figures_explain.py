"""The images of ``dlhw cnn explain``."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import colormaps
from numpy.typing import NDArray

from dlhw.cnn.contact_sheet import LETTER, ContactSheet, heated, shortened
from dlhw.cnn.data import Split
from dlhw.cnn.evaluation import Evaluation
from dlhw.cnn.explanation import MISTAKES, Explained, FeatureMaps
from dlhw.learning.curves import INK, PALE

WRONG = "#d55e00"
"""Okabe and Ito's vermilion."""

HEAT = colormaps["inferno"]
SIDE = 0.95
"""Of an image, in inches."""

GAP, CAPTION = 0.06, 0.3

READING = "bright: active; within a block on one scale, the most active map first"


def draw_class_evidence(explained: Sequence[Explained], path: Path, *, title: str) -> Path:
    """Labelled images with their heat beside: a row a class, in the order they come."""
    rows = [list(group) for _, group in groupby(explained, key=lambda one: one.shown.label)]
    columns = max(map(len, rows))
    pair, step, left = 2 * SIDE + GAP, 2 * SIDE + 4 * GAP, 1.05
    sheet = ContactSheet(
        left + columns * step - 3 * GAP,
        len(rows) * (SIDE + CAPTION),
        heading="Grad-CAM: places that raise the score of the class",
        title=f"{title}\nbright: places that raise the score of what the network calls the image (Grad-CAM)",
    )
    for number, row in enumerate(rows):
        y = number * (SIDE + CAPTION)
        sheet.write(left - 0.15, y + SIDE / 2 + 0.05, row[0].shown.label or "", size=10, align="right")
        for place, one in enumerate(row):
            x = left + place * step
            sheet.place(x, y, SIDE, one.shown.image, smooth=True)
            sheet.place(x + SIDE + GAP, y, SIDE, _heat(one, 0), smooth=True)
            right = one.label == one.shown.label
            caption = f"{one.label} {_share(one.evidence[0].probability)}"
            sheet.write(x + pair, y + SIDE + 0.15, caption, align="right", colour=INK if right else WRONG)
    return sheet.save(path)


def draw_evidence(explained: Sequence[Explained], path: Path, *, title: str) -> Path:
    """Any images, each with the heat of its likeliest classes beside: three or fewer side by side."""
    shown = 1 + len(explained[0].evidence)
    columns = min(3, len(explained))
    side = SIDE if columns > 1 else 2 * SIDE
    step, height = shown * (side + GAP) + 4 * GAP, side + CAPTION + 0.32
    sheet = ContactSheet(
        columns * step - 5 * GAP,
        ceil(len(explained) / columns) * height - 0.1,
        heading="Grad-CAM: places that raise the scores of the likeliest classes",
        title=f"{title}\nbright: places that raise its score (Grad-CAM)",
    )
    for number, one in enumerate(explained):
        x, y = number % columns * step, number // columns * height + 0.22
        sheet.write(x, y - 0.05, shortened(one.shown.name, int((step - 4 * GAP) / LETTER)), colour=PALE)
        sheet.place(x, y, side, one.shown.image, smooth=True)
        for rank, evidence in enumerate(one.evidence):
            at = x + (rank + 1) * (side + GAP)
            sheet.place(at, y, side, _heat(one, rank), smooth=True)
            sheet.write(at, y + side + 0.15, f"{evidence.label} {_share(evidence.probability)}", bold=rank == 0)
    return sheet.save(path)


def draw_filters(filters: NDArray[np.float32], path: Path, *, title: str) -> Path:
    """The first convolution's filters as coloured squares.

    Args:
        filters: (32, 3, 3, 3): filter, height, width, RGB.
    """
    columns, side = 8, 0.62
    step = side + 2 * GAP
    sheet = ContactSheet(
        columns * step - 2 * GAP,
        ceil(len(filters) / columns) * step - 2 * GAP,
        heading=f"The {len(filters)} filters of the first convolution",
        title=f"{title}\ngrey is weight 0, a bright colour is one it looks for, each in its own range",
    )
    # Patterns first, then plain colours: what varies from place to place most, against what all places share.
    varying = (filters - filters.mean((1, 2), keepdims=True)).std((1, 2, 3)) / np.abs(filters).max((1, 2, 3))
    for place, index in enumerate(np.argsort(-varying)):
        weights = filters[index]
        square = 0.5 + 0.5 * weights / max(float(np.abs(weights).max()), 1e-12)
        sheet.place(place % columns * step, place // columns * step, side, square)
    return sheet.save(path)


def draw_feature_maps(maps: FeatureMaps, path: Path, *, title: str) -> Path:
    """What the first and the last block make of one image, map by map, each block on one scale of brightness."""
    big, small, step = 0.51, 0.23, 0.05
    left, between = 2.35, 0.4
    width = left + 16 * (big + step) - step
    y = 0.2
    height = y + 2 * (big + step) + between + 4 * (small + step)
    sheet = ContactSheet(width, height, heading="What the blocks make of an image", title=f"{title}\n{READING}")
    sheet.place(0, y, 2.0, maps.shown.image, smooth=True)
    sheet.write(0, y + 2.17, shortened(maps.shown.name, 34), colour=PALE)
    if maps.shown.label:
        sheet.write(0, y + 2.38, maps.shown.label, size=10)
    for name, block, side, columns in (("first", maps.first, big, 16), ("last", maps.last, small, 32)):
        count, *size = block.shape
        sheet.write(left, y - 0.08, f"{name} block: {count} maps of {size[0]}×{size[1]}", colour=PALE)
        # The brightest hundredth may saturate: one hot place would leave all others in the dark.
        top = float(np.quantile(block, 0.995)) or 1.0
        for place, one in enumerate(_strongest_first(block)):
            x = left + place % columns * (side + step)
            sheet.place(x, y + place // columns * (side + step), side, one, cmap=HEAT, vmin=0, vmax=top)
        y += ceil(count / columns) * (side + step) + between
    return sheet.save(path)


def draw_mistakes(evaluation: Evaluation, split: Split, path: Path, *, title: str) -> Path:
    """The images that were taken for another class with the most confidence."""
    names, worst = evaluation.class_names, evaluation.mistakes[:MISTAKES].tolist()
    columns, step, height = 6, SIDE + 5 * GAP, SIDE + 0.58
    count = len(evaluation.mistakes)
    sheet = ContactSheet(
        columns * step - 5 * GAP,
        max(ceil(len(worst) / columns) * height, 0.4),
        heading="The most confident mistakes",
        title=f"{title}\n{count:,} of {len(evaluation.labels):,} images were taken for another class",
    )
    if not worst:
        sheet.write(0, 0.3, "There are none.", size=11)
    for number, place in enumerate(worst):
        x, y = number % columns * step, number // columns * height
        sheet.place(x, y, SIDE, split.images[place].cpu().numpy(), smooth=True)
        called = f"{names[evaluation.predicted[place]]} {_share(float(evaluation.confidences[place]))}"
        sheet.write(x, y + SIDE + 0.15, called, colour=WRONG)
        sheet.write(x, y + SIDE + 0.31, f"is {names[evaluation.labels[place]]}", colour=PALE)
    return sheet.save(path)


def _heat(one: Explained, rank: int) -> NDArray[np.float64]:
    return heated(one.shown.image, one.evidence[rank].heat, HEAT)


def _strongest_first(maps: NDArray[np.float32]) -> NDArray[np.float32]:
    order: Any = np.argsort(-maps.sum((1, 2)), kind="stable")
    return np.asarray(maps[order])


def _share(probability: float) -> str:
    return ">0.99" if 0.995 <= probability < 1 else f"{probability:.2f}"
