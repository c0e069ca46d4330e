"""What the commands of Question 3 show, from their JSON documents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from dlhw.console.streams import warn
from dlhw.plurals import counted, plural

NAMED_AT_MOST = 5


def tell_fonts(broken: Sequence[str]) -> None:
    """Name on stderr the fonts that were left out."""
    for reason in broken[:NAMED_AT_MOST]:
        warn(f"font skipped: {reason}")
    if len(broken) > NAMED_AT_MOST:
        warn(f"{counted(len(broken), 'font')} {plural(len(broken), 'was')} skipped in all")


def render_result(document: Mapping[str, Any]) -> Iterator[RenderableType]:
    """What a finished ``dlhw ocr render`` wrote, and from what."""
    words = counted(document["words"], "word")
    faces = document["fonts"]["faces"]
    yield Text(
        f"{words} of {document['source']}, {document['split']} split, {document['difficulty']} difficulty, "
        f"in {counted(faces, 'face')}, from {counted(len(document['characters']), 'character')}"
    )
    if document["out"]:
        yield Text(f"images and labels.tsv in {document['out']}", style="dim")
    if document["sheet"]:
        yield Text(f"contact sheet in {document['sheet']}", style="dim")
