"""What is never data, in whichever folder it lies: files of operating systems and editors, and dlhw's own runs."""

from __future__ import annotations

import json
from pathlib import Path

NAMES = frozenset(
    {
        *("__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r"),  # macOS and Windows
        *("@eadir", "#recycle", "$recycle.bin", "system volume information", "lost+found"),  # network storage, disks
        "__pycache__",
    }
)
"""In lower case. Names that begin with a dot (``._a.jpg``, ``.ipynb_checkpoints``) are ignored besides."""

RUN_CONFIG = "config.json"
COMMANDS = ("cnn-", "ocr-", "reproduce")
"""How the ``command`` in the configuration of a run of dlhw begins."""

LARGEST_CONFIG = 1 << 20
"""Bytes. A configuration has a few thousand, and a larger file of that name is of another program."""


def is_ignored(name: str) -> bool:
    """Whether a file or folder of this name is never data."""
    return name.startswith(".") or name.casefold() in NAMES


def is_run_directory(folder: Path) -> bool:
    """Whether a folder is a run of dlhw, whose figures are no images to learn from."""
    config = folder / RUN_CONFIG
    try:
        if not config.is_file() or config.stat().st_size > LARGEST_CONFIG:
            return False
        document = json.loads(config.read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(document, dict) and str(document.get("command", "")).startswith(COMMANDS)
