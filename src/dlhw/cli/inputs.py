"""What several commands take as their input."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from io import BufferedIOBase, BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from dlhw.errors import DataError, UsageError
from dlhw.plurals import part_of

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


def refuse_unread(rows: Sequence[Mapping[str, Any]], done: str) -> None:
    """End a command that has shown its rows, where images among them could not be read.

    Args:
        rows: ``images`` of a document.
        done: what was done with the others, as in ``read``.

    Raises:
        DataError: there are such images.
    """
    failed = sum("error" in row for row in rows)
    if failed:
        others = f"the others were {done}" if failed < len(rows) else ""
        raise DataError(f"{part_of(failed, len(rows), 'image')} could not be read", others)


def allowing(recognizer: Recognizer, characters: str | None, *, lexicon: Path | None) -> Recognizer:
    """The recogniser that writes none but these characters; ``None`` allows all.

    Raises:
        UsageError: it has learnt none of them, or a lexicon says already what may be written.
    """
    from dlhw.console.streams import warn

    if characters is None:
        return recognizer
    if lexicon is not None:
        raise UsageError("`allow` says which characters are written, and `lexicon` which texts", "give one of the two")
    allowed = recognizer.allowing(characters)
    if unknown := recognizer.alphabet.unknown([characters]):
        warn(f"the recogniser has not learnt {' '.join(unknown)}, which --allow names")
    return allowed
