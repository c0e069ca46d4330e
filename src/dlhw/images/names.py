"""Names of files as text that can be printed, put into JSON, and compared."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path


def readable(path: Path | str) -> str:
    """A path as text that can be printed and put into JSON, even where its bytes are no UTF-8."""
    try:
        return os.fsencode(path).decode(errors="replace")
    except UnicodeEncodeError:  # half a pair of surrogates, as JSON can write it, is in no path
        return str(path).encode(errors="replace").decode()


def normalized(name: str) -> str:
    """A name in Unicode's composed form: macOS decomposes what other systems compose, and both look the same."""
    return unicodedata.normalize("NFC", name)
