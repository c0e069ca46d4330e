"""What several commands take as their input."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from io import BufferedIOBase, BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, cast

from dlhw.errors import UsageError

if TYPE_CHECKING:
    from dlhw.images.arguments import ImageArgument
    from dlhw.ocr.recognizer import Recognizer


def image_arguments(names: Sequence[str]) -> list[ImageArgument]:
    """The images that a person named, of which ``-`` is those on standard input. Raises as ``find_images`` does."""
    return list(image_stream(names))


def image_stream(names: Sequence[str]) -> Iterator[ImageArgument]:
    """The same, each found when it is asked for. Raises as ``iterate_images`` does."""
    from dlhw.console.streams import note
    from dlhw.images.arguments import STDIN, iterate_images

    if STDIN not in names:
        return iterate_images(names, BytesIO())
    if sys.stdin.isatty():
        note("paths of images, one a line; end with Ctrl-D")
    return iterate_images(names, cast("BufferedIOBase", sys.stdin.buffer))


def allowing(recognizer: Recognizer, characters: str | None, *, lexicon: Path | None) -> Recognizer:
    """The recogniser that writes none but these characters; ``None`` allows all.

    Raises:
        UsageError: it has learnt none of them, or a lexicon says already what may be written.
    """
    from dlhw.console.streams import warn

    if characters is None:
        return recognizer
    if lexicon is not None:
        raise UsageError("--allow says which characters are written, and --lexicon which texts", "give one of the two")
    allowed = recognizer.allowing(characters)
    if unknown := recognizer.alphabet.unknown([characters]):
        warn(f"the recogniser has not learnt {' '.join(unknown)}, which --allow names")
    return allowed
