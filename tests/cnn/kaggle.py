"""A double of kagglehub, which downloads from a folder."""

from __future__ import annotations

import gzip
import hashlib
import sys
from collections.abc import Callable
from itertools import takewhile
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

from dlhw.cnn import intel48
from dlhw.cnn.intel import IMAGES
from dlhw.cnn.landscapes import CLASS_NAMES

COUNTS = {"seg_train": 24, "seg_test": 12}
"""How many images the whole set has here."""


def downloaded_set(folder: Path) -> Path:
    """A small set in the form of Intel's, with the third part that has no labels."""
    for part, count in COUNTS.items():
        for index in range(count):
            name = CLASS_NAMES[index % len(CLASS_NAMES)]
            image = folder / part / part / name / f"{index}.jpg"
            image.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (150, 150), (10 * index, 0, 0)).save(image)
    (folder / "seg_pred/seg_pred").mkdir(parents=True)
    return folder


class Kaggle:
    """What was asked of the double, and what it does."""

    def __init__(self, came: Path) -> None:
        self.came = came
        self.asked: list[bool] = []
        """Whether each download was forced."""

        self.fails: Callable[[], None] = lambda: None

    def dataset_download(self, handle: str, path: str | None = None, *, force_download: bool = False) -> str:
        assert handle == "puneet6060/intel-image-classification"
        assert path is None
        self.asked.append(force_download)
        print("kagglehub talks on stdout")
        self.fails()
        return str(self.came)

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        module = ModuleType("kagglehub")
        module.dataset_download = self.dataset_download  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "kagglehub", module)
        for part, count in COUNTS.items():
            monkeypatch.setitem(IMAGES, part, count)
        (self.came / "list.txt.gz").write_bytes(gzip.compress("".join(f"{line}\n" for line in LISTED).encode()))
        monkeypatch.setattr(intel48, "LIST", self.came / "list.txt.gz")
        monkeypatch.setattr(intel48, "FINGERPRINT", fingerprint(self.came))


def _names(places: range) -> list[str]:
    return [f"{CLASS_NAMES[place % len(CLASS_NAMES)]}/{place}" for place in places]


LISTED = (
    *("# train", *reversed(_names(range(16)))),
    *("# validation", *_names(range(16, 24))),
    *("# test", *_names(range(0, 12, 2))),
)
"""The small set's intel48, in the form of the package's list."""


def fingerprint(came: Path) -> str:
    """The hash of all images and labels of the small set's intel48, split by split."""
    digest = hashlib.blake2b(digest_size=16)
    for split, part in (("train", "seg_train"), ("validation", "seg_train"), ("test", "seg_test")):
        first = LISTED.index(f"# {split}") + 1
        names = [*takewhile(lambda line: not line.startswith("#"), LISTED[first:])]
        images = [
            Image.open(came / part / part / f"{name}.jpg").resize((48, 48), Image.Resampling.BILINEAR) for name in names
        ]
        digest.update(np.stack([np.asarray(image) for image in images]).data)
        digest.update(np.array([CLASS_NAMES.index(name.split("/")[0]) for name in names], dtype=np.int64).data)
    return digest.hexdigest()
