"""Places to write to, tried before anything slow is done."""

from __future__ import annotations

from pathlib import Path

from dlhw.errors import DataError


def check_writable(path: Path) -> None:
    """Find out at once, and not after minutes of reading, that a file cannot be written. What it holds stays.

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
    """Make a folder for pictures.

    Raises:
        DataError: it cannot be made, or is a file.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"the folder {folder} cannot be made: {error.strerror}", "give another folder") from error
