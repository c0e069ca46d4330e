"""What images show that nobody has labelled."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dlhw.cnn.classifier import Classifier
from dlhw.cnn.preprocessing import load_image, squared
from dlhw.errors import ImageError
from dlhw.images.arguments import ImageArgument
from dlhw.images.opening import pages
from dlhw.images.pool import decode_all
from dlhw.learning.files import write_atomically
from dlhw.learning.parallel import ALONE, Ranks
from dlhw.learning.shares import shared_stream

CHUNK = 256
"""Images in memory at once."""

TOP = 3
"""Labels that are named for each image."""


@dataclass(frozen=True, kw_only=True)
class Opened:
    """An image as the network sees it, or why there is none."""

    name: str
    image: NDArray[np.uint8] | None
    """(48, 48, 3), RGB."""

    pages: int = 1
    error: str | None = None


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """What one image shows, or why nothing can be said."""

    name: str
    top: tuple[tuple[str, float], ...] = ()
    """Labels with their probabilities, the likeliest first; empty where the image cannot be read."""

    pages: int = 1
    """How many the file has; the first was looked at."""

    error: str | None = None

    def as_document(self) -> dict[str, Any]:
        """An entry in ``images`` of the document of ``dlhw cnn predict``."""
        if self.error is not None:
            return {"image": self.name, "error": self.error}
        label, confidence = self.top[0]
        top = [{"label": label, "probability": probability} for label, probability in self.top]
        several = {"pages": self.pages} if self.pages > 1 else {}
        return {"image": self.name, **several, "label": label, "confidence": confidence, "top": top}


def predict(
    classifier: Classifier, asked: Sequence[ImageArgument], *, top: int = TOP, ranks: Ranks = ALONE
) -> Iterator[Prediction]:
    """Name what images show, in their order; one that cannot be opened is a row like the others.

    Args:
        classifier: what looks.
        asked: which images.
        top: how many labels are named at most.
        ranks: who share the images, those that rank 0 asks for; all get the predictions.
    """
    for chunk in shared_stream(ranks, lambda chunk: _predict_chunk(classifier, chunk, top), _chunks(asked)):
        yield from chunk


def _predict_chunk(classifier: Classifier, asked: Sequence[ImageArgument], top: int) -> list[Prediction]:
    opened = decode_all(asked, _open)
    good = [one.image for one in opened if one.image is not None]
    ranked = iter(ranking(classifier, torch.from_numpy(np.stack(good)), top=top)) if good else iter(())
    return [
        Prediction(name=one.name, top=next(ranked), pages=one.pages)
        if one.error is None
        else Prediction(name=one.name, error=one.error)
        for one in opened
    ]


def _chunks(asked: Sequence[ImageArgument]) -> Iterator[Sequence[ImageArgument]]:
    return (asked[first : first + CHUNK] for first in range(0, len(asked), CHUNK))


def ranking(classifier: Classifier, images: Tensor, *, top: int = TOP) -> list[tuple[tuple[str, float], ...]]:
    """For each image the likeliest classes with their probabilities, of (N, 48, 48, 3) uint8 images."""
    probabilities = classifier.log_probabilities(images).exp()  # (N, classes)
    values, places = probabilities.sort(dim=1, descending=True, stable=True)
    names = classifier.class_names
    return [
        tuple((names[place], value) for place, value in zip(row[:top], of_row[:top], strict=True))
        for row, of_row in zip(places.tolist(), values.tolist(), strict=True)
    ]


def open_images(asked: Sequence[ImageArgument]) -> Iterator[list[Opened]]:
    """Read images in chunks, which bounds the memory."""
    return (decode_all(chunk, _open) for chunk in _chunks(asked))


def _open(one: ImageArgument) -> Opened:
    if one.source is None:
        return Opened(name=one.name, image=None, error=one.problem)
    try:
        image = load_image(one.source, name=one.name)
    except ImageError as error:
        return Opened(name=one.name, image=None, error=error.reason)
    return Opened(name=one.name, image=squared(image), pages=pages(image))


def write_table(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write predictions as CSV: image, label, confidence, the labels that follow with theirs, and why there is none.

    Args:
        path: of the file; UTF-8, quoted where needed.
        rows: ``images`` of the document of ``dlhw cnn predict``.

    Raises:
        RunError: the file cannot be written.
    """
    places = range(2, TOP + 1)
    further = [name for place in places for name in (f"label_{place}", f"confidence_{place}")]
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(["image", "label", "confidence", *further, "error"])
    for row in rows:
        cells = [cell for one in row.get("top", []) for cell in (one["label"], f"{one['probability']:.6g}")]
        writer.writerow([row["image"], *cells, *[""] * (2 * TOP - len(cells)), row.get("error", "")])
    write_atomically(path, table.getvalue().encode())
