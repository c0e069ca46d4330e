"""Where font files lie."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterable
from pathlib import Path

from dlhw.errors import DataError

SUFFIXES = {".ttf", ".otf", ".ttc", ".otc"}
# Of matplotlib's fonts: not those for formulae, which map letters to signs, nor the one of placeholders.
TEXT_FONTS = ("DejaVuSans", "DejaVuSerif", "STIXGeneral")
# Knuth's Computer Modern, of which only letters and digits lie where Unicode has them.
COMPUTER_MODERN = ("cmr10", "cmb10", "cmti10", "cmss10", "cmtt10")


def matplotlib_files(names: tuple[str, ...] = TEXT_FONTS) -> list[Path]:
    """The fonts in matplotlib's package whose names begin so; the package itself is not imported for it.

    Raises:
        DataError: matplotlib is not there.
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


def font_files(folders: Iterable[Path]) -> list[Path]:
    """The font files in these folders and in the folders in them, in a fixed order."""
    return [
        path
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in SUFFIXES and path.is_file()
    ]
