"""Where font files lie."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import sys
from collections.abc import Iterable
from pathlib import Path

from dlhw.errors import DataError
from dlhw.images.walking import walk

SUFFIXES = {".ttf", ".otf", ".ttc", ".otc"}
# Of matplotlib's fonts: not those for formulae, which map letters to signs, nor the one of placeholders.
TEXT_FONTS = ("DejaVuSans", "DejaVuSerif", "STIXGeneral")
# Knuth's Computer Modern, of which only letters and digits lie where Unicode has them.
CHOSEN = "chosen.tsv"
COMPUTER_MODERN = ("cmr10", "cmb10", "cmti10", "cmss10", "cmtt10")


def matplotlib_files(names: tuple[str, ...] = TEXT_FONTS) -> list[Path]:
    """The fonts in matplotlib's package whose names begin so; the package itself is not imported for it.

    Raises:
        DataError: matplotlib is not installed.
    """
    package = importlib.util.find_spec("matplotlib")
    if package is None or package.origin is None:
        raise DataError("matplotlib is not installed", "its fonts draw the words: install dlhw anew")
    folder = Path(package.origin).parent / "mpl-data" / "fonts" / "ttf"
    return [path for path in font_files([folder]) if path.name.startswith(names)]


def system_files() -> list[Path]:
    """The font files in the usual folders of this system and of this person."""
    home = Path.home()
    if sys.platform == "darwin":
        folders = [Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library" / "Fonts"]
    elif os.name == "nt":
        local = os.environ.get("LOCALAPPDATA", str(home / "AppData" / "Local"))
        windows = Path(os.environ.get("WINDIR", r"C:\Windows"))
        folders = [windows / "Fonts", Path(local) / "Microsoft" / "Windows" / "Fonts"]
    else:
        data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
        folders = [Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), data / "fonts", home / ".fonts"]
    return font_files(folders)


def chosen_files(folder: Path) -> frozenset[Path]:
    """The font files that a person has chosen, in a folder and the folders in it.

    ``chosen.tsv`` in the folder lists them: a row of column names, then a row a file; the column ``sha256`` has the
    hash of the file's contents, by which it is found whatever its name.

    Raises:
        DataError: the list cannot be read or has no such column.
    """
    path = folder / CHOSEN
    if not path.exists():
        return frozenset()
    try:
        rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
        column = rows[0].index("sha256")
        hashes = {row[column] for row in rows[1:]}
    except (OSError, ValueError, IndexError) as error:
        raise DataError(
            f"{path} is not a list of chosen fonts: {error}", "expected a table, tab by tab, with a column sha256"
        ) from error
    return frozenset(file for file in font_files([folder]) if hashlib.sha256(file.read_bytes()).hexdigest() in hashes)


def font_files(folders: Iterable[Path]) -> list[Path]:
    """The font files in these folders and in the folders in them, in a fixed order."""
    return [path for folder in folders for path in sorted(walk(folder).files) if path.suffix.lower() in SUFFIXES]
