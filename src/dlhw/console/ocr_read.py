"""What ``dlhw ocr read`` shows, from its JSON document."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from dlhw.console.ocr_eval import reading_method
from dlhw.console.streams import note, printable
from dlhw.console.tables import path_cell, plain_table
from dlhw.plurals import counted


def tell_reader(name: str, described: Mapping[str, Any]) -> None:
    """Say on stderr which recogniser reads, and what beside its first reading decides."""
    method = reading_method(described)
    note(f"recogniser: {name}{f', with {method}' if method else ''}")


def tell_wide(rows: Sequence[Mapping[str, Any]]) -> None:
    """Say on stderr which images are wider than the network takes."""
    parted, squeezed = (
        [row["image"] for row in rows if "parts" in row and (row["parts"] > 1) is several] for several in (True, False)
    )
    for names, what in ((parted, "read in overlapping parts"), (squeezed, "squeezed, which may cost letters")):
        if names:
            more = f" and {len(names) - 1:,} more" if len(names) > 1 else ""
            note(f"wider than 8:1, {what}: {printable(names[0])}{more}")


def reading_result(document: Mapping[str, Any], *, candidates: bool) -> Iterator[RenderableType]:
    """A row an image, and with ``candidates`` one for each further proposal."""
    table = plain_table("", ("image", "text", "probability"), left=2)
    for row in document["images"]:
        if "error" in row:
            table.add_row(path_cell(row["image"]), Text(f"cannot be read: {printable(row['error'])}", style="red"), "–")
            continue
        table.add_row(path_cell(row["image"]), Text(printable(row["text"]), style="bold"), _share(row["confidence"]))
        for other in row["candidates"][1:] if candidates else ():
            share = _share(math.exp(other["log_probability"]))
            table.add_row("", printable(other["text"]), share, style="dim")
    yield table
    yield Text(
        "Probability: among the texts of the list alone. An image of another text is read as one of them, too."
        if document.get("lexicon")
        else "Probability: that of the whole string, calibrated on words kept apart from training.",
        style="dim",
    )
    if document["csv"]:
        yield Text(f"every image: {printable(document['csv'])}", style="dim")
    if document["attention_images"]:
        yield Text(f"where the network looked: {printable(document['attention_images'])}", style="dim")


def lines_result(document: Mapping[str, Any]) -> Iterator[RenderableType]:
    """What ``--jsonl`` wrote, in one line."""
    skipped = f", {document['skipped']:,} that were there" if document["skipped"] else ""
    failed = f", {document['failed']:,} that cannot be read" if document["failed"] else ""
    yield Text(f"{printable(document['jsonl'])}: {counted(document['read'], 'image')} read{failed}{skipped}")


def _share(probability: float) -> str:
    return f"{probability:.3f}" if probability >= 0.0005 else "<0.001"
