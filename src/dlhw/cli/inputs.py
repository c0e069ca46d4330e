"""What several commands take as their input."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dlhw.images.asked import Asked


def asked_pictures(names: Sequence[str]) -> list[Asked]:
    """The pictures that a person named, of which ``-`` is those on standard input. Raises as ``find_images`` does."""
    from dlhw.console.streams import note
    from dlhw.images.asked import STDIN, find_images

    stdin = None
    if STDIN in names:
        if sys.stdin.isatty():
            note("paths of images, one a line; end with Ctrl-D")
        stdin = sys.stdin.buffer.read()
    return find_images(names, stdin)
