"""Folders of labelled images to read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image


def noise(width: int = 60, height: int = 40, seed: int = 0) -> Image.Image:
    """A grey image of noise."""
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)
    return Image.fromarray(pixels)


def write(path: Path, content: str | bytes = b"") -> Path:
    """A file and the folders it lies in; images that are not opened may well be empty."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def words_folder(folder: Path, texts: Mapping[str, str]) -> Path:
    """A folder with ``labels.tsv`` and an image for each name in ``texts``."""
    for seed, name in enumerate(texts):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        noise(40 + 10 * seed % 90, seed=seed).save(folder / name)
    write(folder / "labels.tsv", "".join(f"{name}\t{text}\n" for name, text in texts.items()))
    return folder
