"""What several commands take as their input."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dlhw.asked import Asked


def asked_pictures(names: Sequence[str]) -> list[Asked]:
    """The pictures that a person named, of which ``-`` is those on standard input. Raises as ``find_pictures`` does."""
    from dlhw.asked import STDIN, find_pictures
    from dlhw.console.streams import note

    stdin = None
    if STDIN in names:
        if sys.stdin.isatty():
            note("paths of pictures, one a line; end with Ctrl-D")
        stdin = sys.stdin.buffer.read()
    return find_pictures(names, stdin)
