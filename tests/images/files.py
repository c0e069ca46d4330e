"""Small image files."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def saved(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    """An image as the contents of a file."""
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def noise(width: int = 60, height: int = 40, seed: int = 0) -> NDArray[np.uint8]:
    """Grey values, black and white among them, (height, width)."""
    values = np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)
    values.flat[:2] = 0, 255
    return values


def write(path: Path, content: bytes | str = b"") -> Path:
    """A file and the folders it lies in; images that are not opened may well be empty."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path
