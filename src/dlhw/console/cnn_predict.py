"""What ``dlhw cnn predict`` shows, from its JSON document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from dlhw.console.streams import printable
from dlhw.console.tables import Items, path_cell, plain_table


def prediction_result(document: Mapping[str, Any]) -> Iterator[RenderableType]:
    """A row an image: its label, how probable that is, and the next likeliest."""
    table = plain_table("", ("image", "label", "probability", "otherwise"), left=2)
    table.columns[-1].justify = "left"
    for row in document["images"]:
        name = path_cell(row["image"])
        if "error" in row:
            table.add_row(name, Text("cannot be read", style="red"), "–", Text(printable(row["error"]), style="red"))
            continue
        others = [f"{printable(one['label'])} {share(one['probability'])}" for one in row["top"][1:]]
        label = Text(printable(row["label"]), style="bold")
        table.add_row(name, label, share(row["confidence"]), Items(others, style="dim"))
    yield table
    yield Text(
        "The network knows these classes alone, and calls every image one of them: "
        + ", ".join(map(printable, document["classes"])),
        style="dim",
    )


def share(probability: float) -> str:
    """A probability in three digits, without a false 1 or 0."""
    if 0.9995 <= probability < 1:
        return ">0.999"
    return f"{probability:.3f}" if probability >= 0.0005 else "<0.001"
