"""``dlhw ocr read --jsonl``: a line of JSON an image, in memory that does not grow with their number."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlhw.errors import DataError, UsageError
from dlhw.plurals import counted, part_of

if TYPE_CHECKING:
    from dlhw.images.arguments import ImageArgument
    from dlhw.learning.parallel import Ranks
    from dlhw.ocr.reading import ReadImage

STDOUT = Path("-")


def check_alone(jsonl: Path, *, csv: Path | None, attention_images: Path | None, json: bool) -> None:
    """See that nothing else is asked for that needs all images at once.

    Raises:
        UsageError: something is.
    """
    if csv is not None or attention_images is not None:
        other = "--csv" if csv is not None else "--attention-images"
        raise UsageError(f"--jsonl writes images as they are read, and {other} once all are", "give one of the two")
    if json and jsonl == STDOUT:
        raise UsageError("--jsonl - and --json both write to standard output", "give one of the two, or a file")


def write_lines(
    jsonl: Path,
    read: Callable[[Sequence[ImageArgument]], Iterable[ReadImage]],
    asked: Iterable[ImageArgument],
    described: Mapping[str, Any],
    started: float,
    *,
    json: bool,
    ranks: Ranks,
) -> None:
    """Read images and write their lines.

    Args:
        jsonl: a file, or ``-`` for standard output.
        read: a chunk of images.
        asked: which images.
        described: what the document says of the reader.
        started: when the command did, on :func:`time.perf_counter`'s clock.
        json: whether a document says what was done, and not a sentence.
        ranks: who share the images; rank 0 writes.

    Raises:
        DataError: the file cannot be used, or an image could not be read.
    """
    from dlhw.console.counting_display import track_stream
    from dlhw.console.ocr_read import lines_result
    from dlhw.console.streams import note, show, show_json
    from dlhw.ocr.reading_stream import Counts, read_into
    from dlhw.ocr.readings_file import ReadingsFile, ReadingsStream

    counts = Counts()
    to_stdout = jsonl == STDOUT
    with ExitStack() as opened:
        rows: ReadingsFile | ReadingsStream = ReadingsStream(sys.stdout.buffer)
        with ranks.agreed():
            if ranks.leads and not to_stdout:
                rows = opened.enter_context(ReadingsFile(jsonl))
        if len(rows):
            note(f"{jsonl} has {counted(len(rows), 'image')}, not to be read again")
        try:
            steps = read_into(rows, read, asked, ranks=ranks)
            for counts in track_stream(steps, "images", lambda one: one.total):  # noqa: B007
                pass
        except (KeyboardInterrupt, SystemExit):
            if not to_stdout:
                note(f"stopped: {jsonl} has what was read so far, and the same command continues")
            raise
    document = {
        "command": "ocr read",
        **described,
        "jsonl": str(jsonl),
        "read": counts.read,
        "failed": counts.failed,
        "skipped": counts.skipped,
        "seconds": round(time.perf_counter() - started, 3),
    }

    def conclude() -> None:
        if json:
            show_json(document)
        elif not to_stdout:
            show(*lines_result(document))
        if counts.failed:
            raise DataError(
                f"{part_of(counts.failed, counts.read + counts.failed, 'image')} could not be read",
                "their lines say why; take them out of the file to have them read again" if not to_stdout else "",
            )

    ranks.on_first(conclude)
