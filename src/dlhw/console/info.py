"""What is installed, as a list to paste into a report of a fault."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import RenderableType

from dlhw.console.tables import plain_table


def info_result(document: Mapping[str, Any]) -> Iterator[RenderableType]:
    """One table of names and values."""
    table = plain_table("", ["", ""], left=2)
    table.show_header = False
    for name, value in _rows(document):
        table.add_row(name, value)
    yield table


def _rows(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from document["versions"].items()
    for name, version in document["extras"].items():
        yield name, version or "not installed"
    for key in ("system", "processor", "device", "precision", "cores", "threads"):
        yield key, str(document[key])
    yield "threads for images", str(document["pool_threads"])
    yield from document["variables"].items()
    yield "encodings", f"stdout {document['terminal']['stdout']}, stderr {document['terminal']['stderr']}"
    yield "font files", f"{document['fonts']:,}"
    yield "cache", f"{document['cache']['path']} ({document['cache']['bytes'] / 1e6:,.1f} MB)"
    for name, state in document["weights"].items():
        yield f"weights {name}", state
