"""``--data intel48``: the 9,820 of Intel's images that the documents measure on, made from those that were fetched.

The package holds the names of the files and a hash of the arrays, and no image. The arrays are the files opened as RGB
and scaled to 48×48 with Pillow's bilinear filter, whatever their proportions, in the order of the list.
"""

from __future__ import annotations

import gzip
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs
from numpy.typing import NDArray
from PIL import Image

from dlhw.cnn.architecture import SIDE
from dlhw.cnn.data import assemble
from dlhw.cnn.landscapes import CLASS_NAMES
from dlhw.errors import DataError, ImageError
from dlhw.images.opening import open_image
from dlhw.images.pool import decode_all
from dlhw.learning.files import write_atomically

NAME = Path("intel48")
"""What ``--data`` takes for them, where no file or folder of that name exists."""

LIST = Path(__file__).with_name("intel48.txt.gz")
"""A line for each image, ``class/number``, under ``# train``, ``# validation`` and ``# test``."""

FINGERPRINT = "f18ef50a59e696e2cf97be297589eb5d"
"""Of images and labels, as :meth:`dlhw.cnn.data.Landscapes.fingerprint` has it."""

PARTS = {"train": "seg_train", "validation": "seg_train", "test": "seg_test"}
KEYS = {"train": "train", "validation": "val", "test": "test"}
HINT = "`data` intel takes all images as they are; results measured on intel48 are of others then"


def intel48_archive() -> Path:
    """Where the archive belongs, beside the fetched images."""
    return Path(platformdirs.user_data_dir("dlhw")) / "intel48.npz"


def listed() -> dict[str, list[str]]:
    """The images of each split, in their order: ``class/number``."""
    splits: dict[str, list[str]] = {}
    for line in gzip.decompress(LIST.read_bytes()).decode().splitlines():
        if line.startswith("# "):
            names = splits.setdefault(line[2:], [])
        else:
            names.append(line)
    return splits


def image_file(folder: Path, split: str, name: str) -> Path:
    """The file of an image in the set as it is downloaded."""
    part = PARTS[split]
    return folder / part / part / f"{name}.jpg"


def make_intel48(folder: Path) -> Path:
    """Write the archive from the whole set.

    Args:
        folder: of the set, with ``seg_train/seg_train`` and ``seg_test/seg_test``.

    Returns:
        The archive's path.

    Raises:
        DataError: images are missing or unreadable, or are not those that were measured on.
        RunError: the archive cannot be written.
    """
    arrays = {split: read_images(folder, split, names) for split, names in listed().items()}
    found = assemble(arrays, class_names=CLASS_NAMES, source=str(folder)).fingerprint()
    if found != FINGERPRINT:
        raise DataError(
            f"the images in {folder} are not those of intel48: the hash of their pixels begins with {found[:12]}, and "
            f"{FINGERPRINT[:12]} was expected",
            HINT,
        )
    content: dict[str, Any] = {"class_names": np.array(CLASS_NAMES)}
    for split, (images, labels) in arrays.items():
        content[f"{KEYS[split]}_images"] = images
        content[f"{KEYS[split]}_labels"] = labels.astype(np.uint8)
    file = BytesIO()
    np.savez(file, **content)
    write_atomically(intel48_archive(), file.getvalue())
    return intel48_archive()


def read_images(folder: Path, split: str, names: list[str]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Images (N, 48, 48, 3) and labels (N,) of a split. Raises DataError where some are missing or unreadable."""
    paths = [image_file(folder, split, name) for name in names]
    if missing := [path for path in paths if not path.is_file()]:
        raise DataError(f"{len(missing):,} of the {split} images of intel48 are missing, {missing[0]} first", HINT)
    images = np.empty((len(paths), SIDE, SIDE, 3), dtype=np.uint8)
    for place, image in enumerate(decode_all(paths, _read)):
        if isinstance(image, ImageError):
            raise DataError(image.message, HINT)
        images[place] = image
    return images, np.array([CLASS_NAMES.index(name.split("/")[0]) for name in names], dtype=np.int64)


def _read(path: Path) -> NDArray[np.uint8] | ImageError:
    try:
        return np.asarray(open_image(path).resize((SIDE, SIDE), Image.Resampling.BILINEAR))
    except ImageError as error:
        return error
