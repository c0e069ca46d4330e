"""What ``dlhw cnn params`` shows, from its JSON document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from dlhw.console.streams import printable
from dlhw.console.tables import plain_table

WHY_SMALLER = (
    "Why the second network is seven times smaller: flattening hands the first hidden layer 128 maps of 6×6, "
    "4,608 numbers, and each of its 1,024 units has a weight for every one of them: 4,719,616 parameters, 88 % of "
    "the network. Global average pooling hands it one number a map, 128 in all, and the same layer needs 132,096. "
    "Batch normalisation adds 3,520. The convolutions, 93,248 parameters, are the same in both, and so is most of "
    "the arithmetic."
)


def params_result(document: Mapping[str, Any]) -> Iterator[RenderableType]:
    """A table a network; somebody's own with the homework's layers beside its own."""
    for network in document["networks"]:
        compared = network.get("compared")
        yield _own_table(network) if compared else _table(network)
        if network["flops"] is not None:
            yield Text(f"{network['flops']:,} floating-point operations an image, two a multiply-add", style="dim")
        if network["macs"] is not None:
            legend = "Field: the receptive field, the square of the input that one output depends on."
            yield Text(f"MACs: multiply-adds. {legend}" if compared else legend, style="dim")
        if compared and any(one["reason"] for one in compared["layers"]):
            yield Text(_differences(compared), style="dim")
        if compared:
            yield Text(printable(compared["sentence"]) + ".", style="bold")
            yield from _remarks(network)
        yield Text()
    if len(document["networks"]) > 1:
        yield Padding(Text(WHY_SMALLER), (0, 0, 1, 0))


def _table(network: Mapping[str, Any]) -> Table:
    table = plain_table(network["name"], ("layer", "output", "parameters", "multiply-adds", "field"), left=2)
    for layer in network["layers"]:
        table.add_row(*_cells(layer))
    table.add_section()
    table.add_row("total", "", f"{network['parameters']:,}", f"{network['macs']:,}", "", style="bold")
    return table


def _own_table(network: Mapping[str, Any]) -> Table:
    compared, computed = network["compared"], network["macs"] is not None
    headings = ("layer", "output", "parameters", compared["network"], "MACs", "field")
    rows: list[tuple[str | Text, ...]] = []
    beside = {one["layer"]: one for one in compared["layers"] if one["layer"] is not None}
    for layer in network["layers"]:
        name, output, parameters, macs, side = _cells(layer)
        rows.append((printable(name), output, parameters, _counterpart(beside.get(layer["name"])), macs, side))
    rows += [("", "", "", _counterpart(one), "", "") for one in compared["layers"] if one["layer"] is None]
    totals = (f"{network['parameters']:,}", f"{compared['parameters']:,}", f"{network['macs'] or 0:,}")
    # What saved weights compute is not known.
    shown = range(len(headings)) if computed else (0, 2, 3)
    table = plain_table(printable(network["name"]), [headings[place] for place in shown], left=2 if computed else 1)
    for row in rows:
        table.add_row(*(row[place] for place in shown))
    table.add_section()
    last = ("total", "", *totals, "")
    table.add_row(*(last[place] for place in shown), style="bold")
    return table


def _differences(compared: Mapping[str, Any]) -> str:
    """What the sign in the column of the homework's network means, and the rows that have no layer of theirs."""
    name = compared["network"]
    # In the table their names, up to 22 letters long, would leave no room for the others' columns at 80.
    lacking = [
        f"{one['counterpart']} ({one['counterpart_parameters']:,})"
        for one in compared["layers"]
        if one["layer"] is None
    ]
    rows = f" Rows without a name: layers of {name} that yours lacks, {', '.join(lacking)}." if lacking else ""
    return f"≠: the layer differs from that of {name}, or one of the two networks lacks it.{rows}"


def _counterpart(one: Mapping[str, Any] | None) -> Text:
    """How many parameters the homework's layer has, marked where the two differ."""
    if one is None:
        return Text()
    count = f"{one['counterpart_parameters']:,}" if one["counterpart"] else ""
    return Text.assemble(count, (" ≠", "bold red") if one["reason"] else "")


def _cells(layer: Mapping[str, Any]) -> tuple[str, str, str, str, str]:
    side = layer["receptive_field"]
    return (
        layer["name"],
        "×".join(map(str, layer["shape"] or ())),
        f"{layer['parameters']:,}" if layer["parameters"] else "",
        f"{layer['macs']:,}" if layer["macs"] else "",
        f"{side}×{side}" if side else "",
    )


def _remarks(network: Mapping[str, Any]) -> Iterator[RenderableType]:
    if network["frozen"]:
        yield Text(f"Besides {network['frozen']:,} parameters that are not trained.", style="dim")
    unused = [printable(layer["name"]) for layer in network["layers"] if layer["used"] is False]
    if unused:
        yield Text(f"Never called by forward: {', '.join(unused)}.", style="yellow")
