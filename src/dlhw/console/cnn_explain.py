"""What ``dlhw cnn explain`` shows, from its JSON document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from dlhw.console.cnn_eval import named_split
from dlhw.console.cnn_predict import share
from dlhw.console.streams import printable
from dlhw.console.tables import path_cell, plain_table

MISTAKES = 5
WHERE = (("upper left", "top", "upper right"), ("left", "middle", "right"), ("lower left", "bottom", "lower right"))


def explanation_result(document: Mapping[str, Any]) -> Iterator[RenderableType]:
    """Where the network looked in each image, its most confident mistakes, and what was drawn."""
    yield _images(document)
    mistakes = document["mistakes"]
    if mistakes is not None:
        named = named_split(document["data"]["split"])
        yield Text(f"{mistakes['count']:,} of {mistakes['images']:,} {named}images were taken for another class")
        if mistakes["worst"]:
            yield _mistakes(mistakes["worst"])
    yield Text(
        "Looks at: where Grad-CAM, the places that raise the label's score, is highest; "
        "area: how much of the image has half of that.",
        style="dim",
    )
    yield Text("drawn")
    for figure in document["figures"]:
        yield Text(f"  {printable(figure)}")


def _images(document: Mapping[str, Any]) -> Table:
    table = plain_table("", ("image", "label", "probability", "looks at", "area"), left=2)
    table.columns[3].justify = "left"
    for row in document["images"]:
        shows = f" ({row['shows']})" if row.get("shows") else ""
        name = path_cell(f"{row['image']}{shows}")
        if "error" in row:
            table.add_row(
                name, Text("cannot be read", style="red"), "–", Text(printable(row["error"]), style="red"), "–"
            )
            continue
        right = row["shows"] in {None, row["label"]}
        evidence = row["evidence"][0]
        table.add_row(
            name,
            Text(printable(row["label"]), style="bold" if right else "yellow"),
            share(row["confidence"]),
            _where(evidence["peak"]),
            f"{evidence['area']:.0%}",
        )
    return table


def _mistakes(worst: list[Mapping[str, Any]]) -> Table:
    table = plain_table("", ("most confident mistakes", "shows", "label", "probability"), left=3)
    for row in worst[:MISTAKES]:
        table.add_row(
            path_cell(row["image"]), printable(row["shows"]), printable(row["label"]), share(row["confidence"])
        )
    return table


def _where(peak: Mapping[str, int] | None) -> str:
    """A place of a 48×48 image in words."""
    if peak is None:
        return "nothing"
    return WHERE[min(peak["y"] // 16, 2)][min(peak["x"] // 16, 2)]
