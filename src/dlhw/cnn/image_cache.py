"""Decoded images, kept from one command to the next. They are identified by the contents of their files.

A cache is ``images-KEY.bin``: 16 bytes, which are a hash of the rest, then the pixels. Its length follows from the
number of images, so that nothing is read, or allocated, of a file of another length.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import PIL
import platformdirs
from numpy.typing import NDArray

from dlhw.cnn.architecture import SIDE
from dlhw.images.pool import decode_all
from dlhw.learning.files import write_cache

VERSION = 2
"""Of what is done to a file's pixels."""

DIGEST = 16
"""Bytes of a hash."""


class ImageCache:
    """The decoded images of some files.

    Args:
        paths: the files, in the order of the images. Each is read once, for its hash, which takes a tenth of
            the time of decoding it (108 photographs of 150×150, one thread of an AMD EPYC, Pillow 13.0, 3 rounds).
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        digest = hashlib.blake2b(f"{VERSION} {SIDE} {PIL.__version__}".encode(), digest_size=DIGEST)
        for one in decode_all(paths, _hash):
            digest.update(one)
        self.path = Path(platformdirs.user_cache_dir("dlhw")) / f"images-{digest.hexdigest()}.bin"
        self._count = len(paths)

    def read(self) -> tuple[NDArray[np.uint8] | None, str]:
        """(N, 48, 48, 3) uint8 images, or ``None`` and, where there is a damaged file, what is wrong with it."""
        expected = DIGEST + self._count * SIDE * SIDE * 3
        try:
            if not self.path.exists():
                return None, ""
            content = self.path.read_bytes() if self.path.stat().st_size == expected else b""
        except OSError as error:
            return None, f"the cache {self.path} cannot be read: {error.strerror}"
        pixels = content[DIGEST:]
        if not content or _digest(pixels) != content[:DIGEST]:
            return None, f"the cache {self.path} was damaged, and was made anew"
        return np.frombuffer(pixels, dtype=np.uint8).reshape(-1, SIDE, SIDE, 3), ""

    def write(self, images: NDArray[np.uint8]) -> None:
        """Keep the images, if they can be kept."""
        pixels = images.tobytes()
        write_cache(self.path, _digest(pixels) + pixels)


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=DIGEST).digest()


def _hash(path: Path) -> bytes:
    """A hash of a file's content; of nothing where it cannot be read, which decoding it will say."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=DIGEST)).digest()
    except OSError:
        return bytes(DIGEST)
