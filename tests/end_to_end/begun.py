"""The data of the runs in ``begun_runs``, made without any generator of random numbers: they never change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image


def write_landscapes(path: Path) -> None:
    """30, 12 and 12 images of six classes."""
    content: dict[str, Any] = {}
    for number, (prefix, count) in enumerate((("train", 30), ("val", 12), ("test", 12))):
        content[f"{prefix}_images"] = _noise((count, 48, 48, 3), number)
        content[f"{prefix}_labels"] = np.arange(count) % 6
    np.savez(path, **content)


def write_words(folder: Path) -> None:
    """40 images of words with ``labels.tsv``."""
    folder.mkdir()
    rows = []
    for number in range(40):
        Image.fromarray(_noise((32, 50), 10 + number)).save(folder / f"{number}.png")
        rows.append(f"{number}.png\t{'abcde'[number % 5]}{number}\n")
    (folder / "labels.tsv").write_text("".join(rows))


def _noise(shape: tuple[int, ...], number: int) -> Any:
    mixed = (np.arange(np.prod(shape), dtype=np.uint64) + np.uint64(1_000_003 * number)) * np.uint64(2_654_435_761)
    return ((mixed ^ (mixed >> np.uint64(13))) >> np.uint64(16)).astype(np.uint8).reshape(shape)
