"""Places to write to, tried before anything slow is done."""

from __future__ import annotations

import os
from pathlib import Path

from dlhw.errors import DataError


def check_outputs(*files: Path | None, folder: Path | None = None) -> None:
    """See that the files that were asked for can be written, and make the folder.

    Raises:
        DataError: one cannot.
    """
    for file in files:
        if file is not None:
            check_writable(file)
    if folder is not None:
        make_folder(folder)


def check_writable(path: Path) -> None:
    """Find out at once, and not after minutes of work, that a file cannot be written. What it holds stays.

    Raises:
        DataError: it cannot.
    """
    there = path.exists()
    try:
        path.open("ab").close()
        if not there:
            path.unlink()
    except OSError as error:
        raise DataError(f"{path} cannot be written: {error.strerror}", "give another file") from error


def make_folder(folder: Path) -> None:
    """Make a folder for images, or find that files can be written into the one that is there.

    Raises:
        DataError: it cannot be made or written, or is a file.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"the folder {folder} cannot be made: {error.strerror}", "give another folder") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise DataError(f"the folder {folder} cannot be written", "give another folder")


def check_folder(folder: Path) -> None:
    """See that a folder is there and can be written, or can be made, without making it.

    Raises:
        DataError: it is a file, or neither it nor the folder in which it would be made can be written.
    """
    there = next(path for path in (folder, *folder.absolute().parents) if os.path.lexists(path))
    where = "it" if there == folder else str(there)
    if not there.is_dir():
        raise DataError(f"the folder {folder} cannot be made: {where} is a file", "give another folder")
    if not os.access(there, os.W_OK | os.X_OK):
        raise DataError(f"the folder {folder} cannot be made or written: {where} is read-only", "give another folder")
