"""What was exported, for a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from dlhw.console.streams import printable
from dlhw.console.tables import plain_table


def export_result(document: Mapping[str, Any]) -> Iterator[RenderableType]:
    """The files, their sizes, and how far their numbers are from the network's."""
    name = printable(document["checkpoint"])
    yield Text(f"{name}, exported", style="bold", overflow="fold")
    table = plain_table("", ["file", "MB", "largest difference"])
    for file in document["files"]:
        table.add_row(file["path"], f"{file['bytes'] / 1e6:.1f}", f"{file['largest_difference']:.1e}")
    yield table
    yield Text(
        f"Each file was run after it was written; up to {document['files'][0]['tolerance']:g} is rounding.",
        style="dim",
    )
