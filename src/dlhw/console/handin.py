"""What ``dlhw reproduce --reported`` shows: another group's numbers, judged, each with the reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from dlhw.console.streams import harmless
from dlhw.console.tables import figure, plain_table
from dlhw.plurals import counted

VERDICTS = {True: ("consistent", "green"), False: ("NOT consistent", "bold red"), None: ("not judged", "dim")}


def hand_in_result(hand_in: Mapping[str, Any]) -> Iterator[RenderableType]:
    """A table of the numbers, and below it why each is or is not consistent."""
    headings = ("", "", "reported", "full runs", "95 %", "")
    table = plain_table(f"The numbers of {hand_in['name']}", headings, left=2)
    for number in hand_in["numbers"]:
        low, high = number["low"], number["high"]
        between = "" if low is None else f"{low:.3f} to {high:.3f}"
        verdict, style = VERDICTS[number["consistent"]]
        mean = number["mean"]
        table.add_row(
            number["question"],
            number["quantity"],
            _value(number["reported"]),
            "diverged" if mean is None else _value(mean),
            between,
            Text(verdict, style=style),
        )
    yield table
    for number in hand_in["numbers"]:
        if number["consistent"] is not True:
            yield Text(harmless(f"{number['question']} {number['quantity']}: {number['reason']}."))
    yield Text(
        f"{counted(len(hand_in['numbers']), 'number')}: {hand_in['consistent']} consistent with full-length trainings, "
        f"{hand_in['inconsistent']} not, {hand_in['not_judged']} not judged.",
        style="bold",
    )


def template_result(document: Mapping[str, Any]) -> Iterator[RenderableType]:
    """Where the file to fill in is, and what to do with it."""
    yield Text(f"{harmless(document['template'])} written: fill it in, then dlhw reproduce --reported FILE")


def _value(value: float | int | str) -> str:
    return figure(value) if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else value
