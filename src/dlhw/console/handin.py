"""What ``dlhw reproduce --reported`` shows: another group's numbers, judged, each with the reason."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from dlhw.console.streams import harmless
from dlhw.console.tables import figure, plain_table
from dlhw.plurals import counted

VERDICTS = {True: ("yes", "green"), False: ("NO", "bold red"), None: ("not judged", "dim")}


def hand_in_result(hand_in: Mapping[str, Any]) -> Iterator[RenderableType]:
    """A table of the numbers, and below it why each is or is not consistent."""
    measured = any(number["low"] is not None for number in hand_in["numbers"])  # counts have no interval
    headings = ("", "", "reported", "full runs", *(("95 %",) if measured else ()), "consistent")
    table = plain_table(f"The numbers of {hand_in['name']}", headings, left=2)
    for number in hand_in["numbers"]:
        low, high = number["low"], number["high"]
        between = "" if low is None else f"{low:.3f}–{high:.3f}"
        verdict, style = VERDICTS[number["consistent"]]
        mean = number["mean"]
        table.add_row(
            number["question"],
            number["quantity"],
            _value(number["reported"]),
            "diverged" if mean is None else _value(mean),
            *((between,) if measured else ()),
            Text(verdict, style=style),
        )
    yield Text()
    yield table
    reasons = Table.grid(padding=(0, 2))
    for number in hand_in["numbers"]:
        if number["consistent"] is not True:
            reasons.add_row(number["question"], Text(harmless(f"{number['quantity']}: {number['reason']}.")))
    yield reasons
    for missing in hand_in["data_not_named"]:
        yield Text(
            f"The file does not say what {counted(missing['numbers'], 'number')} of {missing['table']} "
            f"{'was' if missing['numbers'] == 1 else 'were'} measured on, so "
            f"{'it is' if missing['numbers'] == 1 else 'they are'} not judged. "
            f"If on the same data as ours, add a line below [{missing['table']}]:\n    {missing['line']}"
        )
    yield Text(
        f"{counted(len(hand_in['numbers']), 'number')}: {hand_in['consistent']} consistent with full-length trainings, "
        f"{hand_in['inconsistent']} not, {hand_in['not_judged']} not judged.",
        style="bold",
    )


def template_result(document: Mapping[str, Any]) -> Iterator[RenderableType]:
    """Where the file to fill in is, and what to do with it."""
    yield Text(f"{harmless(document['template'])} written: fill it in, then")
    yield Text(f"    dlhw reproduce --reported {harmless(shlex.quote(document['template']))}")


def _value(value: float | int | str) -> str:
    return figure(value) if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else value
