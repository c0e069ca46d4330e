"""Where the images come from: an archive, a folder of class folders, or procedural landscapes."""

from __future__ import annotations

from pathlib import Path

from dlhw.cnn.archive import read_archive
from dlhw.cnn.data import DATA_SEED, Landscapes, assemble
from dlhw.cnn.folder import CheckClasses, read_folder
from dlhw.cnn.intel import located
from dlhw.cnn.labelled_images import LabelledImages, complete
from dlhw.cnn.landscapes import CLASS_NAMES, draw_landscapes
from dlhw.errors import DataError, no_file
from dlhw.images.formats import explain_holder

PROCEDURAL_SIZES = {"train": 6000, "validation": 600, "test": 1200}


def load_landscapes(source: Path | None = None, *, strict: bool = False) -> Landscapes:
    """Load the images that ``--data`` names.

    Args:
        source: an ``.npz`` archive (:mod:`dlhw.cnn.archive`), a folder of class folders
            (:mod:`dlhw.cnn.folder`), ``intel`` or ``intel48`` once fetched (:mod:`dlhw.cnn.intel`), or ``None`` for
            procedural landscapes (:mod:`dlhw.cnn.landscapes`).
        strict: fail at the first unreadable image of a folder instead of skipping it.

    Raises:
        DataError: nothing is there, or what is there cannot be learnt from.
    """
    source = located(source)
    return draw_dataset(PROCEDURAL_SIZES) if source is None else complete(read_labelled_images(source, strict=strict))


def read_labelled_images(
    source: Path, *, strict: bool = False, check_classes: CheckClasses = lambda _: None
) -> LabelledImages:
    """The images of an archive or a folder, divided as they are there.

    Args:
        source: as for :func:`load_landscapes`, which raises the same errors.
        strict: likewise.
        check_classes: is given the names of the classes before any image is decoded, and may raise.
    """
    if source.is_dir():
        return read_folder(source, strict=strict, check_classes=check_classes)
    if source.is_file():
        if holder := explain_holder(source.name):
            raise DataError(f"{source} is {holder[0]}, and an .npz archive or a folder was expected", holder[1])
        found = read_archive(source)  # whose images need no decoding
        check_classes(found.class_names)
        return found
    raise DataError(
        no_file(source),
        "give `data` an .npz archive or a folder of class folders, or leave it out",
    )


def draw_dataset(sizes: dict[str, int], *, seed: int = DATA_SEED) -> Landscapes:
    """Procedural landscapes.

    Args:
        sizes: how many images ``train``, ``validation`` and ``test`` have.
        seed: another seed draws other images.
    """
    drawn = {split: draw_landscapes(count, seed=seed, split=split) for split, count in sizes.items()}
    return assemble(drawn, class_names=CLASS_NAMES, source=f"procedural landscapes, seed {seed}")
