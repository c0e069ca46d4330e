"""The real images, “Intel Image Classification”: downloaded once, checked, and put where ``--data intel`` finds them.

The one part of dlhw that uses the network. What was not downloaded whole never gets to its place: the images are
counted and decoded first, then gathered beside their place, and a rename puts them there.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import shutil
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import platformdirs

from dlhw.cnn import intel48
from dlhw.cnn.data import Landscapes
from dlhw.cnn.folder import read_folder
from dlhw.cnn.labelled_images import complete
from dlhw.cnn.landscapes import CLASS_NAMES
from dlhw.errors import DataError, DlhwError

NAME = Path("intel")
"""What ``--data`` takes for them, where no file or folder has that name."""

HANDLE = "puneet6060/intel-image-classification"
"""Of the data set on Kaggle."""

IMAGES = {"seg_train": 14_034, "seg_test": 3_000}
"""How many images the set has. A third part, without labels, is left aside."""

LICENCE = (
    "Intel published these images for a contest; no licence to pass them on is known. Learn from them, and do not "
    f"redistribute them. The terms that hold stand at kaggle.com/datasets/{HANDLE}"
)
WITHOUT_CONNECTION = {"ConnectionError", "Timeout", "TimeoutError", "gaierror"}


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """The images in their place."""

    folder: Path
    data: Landscapes
    downloaded: bool
    """Whether they came just now; they may have been there before."""

    subset: Path | None
    """The archive that ``--data intel48`` means; ``None`` where it could not be made."""

    subset_fault: str = ""
    """Why it could not be made."""

    def as_document(self) -> dict[str, Any]:
        """The keys of the document of ``dlhw cnn fetch`` besides the shared ones."""
        return {
            "folder": str(self.folder),
            "source": HANDLE,
            "downloaded": self.downloaded,
            "data": self.data.describe(),
            "classes": list(self.data.class_names),
            "intel48": None if self.subset is None else str(self.subset),
            "licence": LICENCE,
        }


def intel_folder() -> Path:
    """Where the images belong: the folder for data that the system gives to a person's programs."""
    return Path(platformdirs.user_data_dir("dlhw")) / NAME


def located(source: Path | None) -> Path | None:
    """The path that ``--data`` means: ``intel`` stands for the fetched images, unless something is called so here.

    ``intel48`` stands for the part of them that the documents measure on.

    Raises:
        DataError: one of the two is asked for, and has not been fetched.
    """
    if source is None or source not in (NAME, intel48.NAME) or source.exists():
        return source
    if source == intel48.NAME:
        if not intel48.intel48_archive().is_file():
            raise DataError(
                "intel48 is not here yet, and nothing is called intel48 in this folder",
                "dlhw cnn fetch downloads the Intel images and makes it; `data` also takes an archive of your own",
            )
        return intel48.intel48_archive()
    if not intel_folder().is_dir():
        raise DataError(
            "the Intel images are not here yet, and nothing is called intel in this folder",
            "dlhw cnn fetch downloads them; `data` also takes an archive or a folder of your own",
        )
    return intel_folder()


def fetch_intel(*, force: bool = False) -> Fetched:
    """Download the images from Kaggle, unless they are there.

    Args:
        force: download them anew.

    Raises:
        DlhwError: kagglehub is not installed.
        DataError: there is no connection, Kaggle refuses, or what came is not whole.
    """
    folder = intel_folder()
    if folder.is_dir() and not force:
        return _with_subset(Fetched(folder=folder, data=_checked(folder), downloaded=False, subset=None))
    came = _download(force=force)
    data = _checked(came)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".intel.") as beside:
            gathered = Path(beside) / NAME
            for part in IMAGES:
                # Without a second copy, where the disk can do without.
                shutil.copytree(came / part, gathered / part, copy_function=_link_or_copy)
            before = Path(beside) / "before"  # goes with the temporary folder
            if folder.exists():
                folder.rename(before)
            try:
                gathered.rename(folder)
            except OSError:
                if before.exists():
                    before.rename(folder)
                raise
    except OSError as error:
        raise DataError(
            f"the images could not be put into {folder}: {error.strerror or error}",
            "free space on the disk or correct the permissions; dlhw cnn fetch then resumes from what was downloaded",
        ) from error
    return _with_subset(
        Fetched(folder=folder, data=replace(data, source=str(folder)), downloaded=True, subset=None), anew=True
    )


def _with_subset(fetched: Fetched, *, anew: bool = False) -> Fetched:
    """The same with the archive of intel48, made if it is not there. The whole set is of use without it."""
    if intel48.intel48_archive().is_file() and not anew:
        return replace(fetched, subset=intel48.intel48_archive())
    try:
        return replace(fetched, subset=intel48.make_intel48(fetched.folder))
    except DlhwError as error:
        return replace(fetched, subset_fault=error.message)


def _download(*, force: bool) -> Path:
    """Where kagglehub has put the data set. It keeps what it downloads, and resumes a partial file."""
    try:
        # Its progress goes to stderr, but what it has to say besides to the stdout of the moment it is imported.
        with contextlib.redirect_stdout(sys.stderr):
            kagglehub = importlib.import_module("kagglehub")
    except ImportError as error:
        raise DlhwError(
            "the download needs the package kagglehub, which is not installed",
            "in the clone: uv sync --extra data (docs/install.md#extras)",
        ) from error
    try:
        with contextlib.redirect_stdout(sys.stderr):
            return Path(kagglehub.dataset_download(HANDLE, force_download=force))
    except Exception as error:  # kagglehub passes on whatever its own libraries raise
        if {kind.__name__ for kind in type(error).__mro__} & WITHOUT_CONNECTION:
            raise DataError(
                "there is no connection to Kaggle, or it broke off",
                "check the network and run dlhw cnn fetch again: it resumes the download",
            ) from error
        said = " ".join(str(error).split()) or type(error).__name__
        raise DataError(
            f"Kaggle says: {said}",
            f"or download it by hand from kaggle.com/datasets/{HANDLE} and give its folder with `data`",
        ) from error


def _link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # another disk, or one without links
        shutil.copy2(source, target)


def _checked(folder: Path) -> Landscapes:
    """The images, if all of them are there and can be read. Decoded once, they lie in the cache from then on."""
    for part in IMAGES:
        if not (folder / part).is_dir():
            raise _not_whole(f"it has no folder {part}")
    try:
        data = complete(read_folder(folder, strict=True))
    except DataError as error:
        raise _not_whole(error.message) from error
    if data.class_names != CLASS_NAMES:
        raise _not_whole(f"its classes are {', '.join(data.class_names)}")
    # Without a validation folder, a tenth of the training images is split off.
    for part, count in (("seg_train", len(data.train) + len(data.validation)), ("seg_test", len(data.test))):
        if count < IMAGES[part]:
            raise _not_whole(f"{part} has {count:,} images, and {IMAGES[part]:,} were expected")
    return data


def _not_whole(reason: str) -> DataError:
    return DataError(f"the download is not whole: {reason}", "dlhw cnn fetch --force downloads it anew")
