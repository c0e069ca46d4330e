"""What ``--check`` shows: a verdict on each function of a person's file, and where the worst of them went wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from dlhw.console.hopfield import scientific
from dlhw.console.streams import printable
from dlhw.console.tables import plain_table
from dlhw.plurals import counted

NUMBERS_AT_MOST = 6
"""Of a failing answer."""


def checked_result(checked: Mapping[str, Any]) -> Iterator[RenderableType]:
    """The functions, the failing instances, and the diagnosis."""
    table = plain_table(
        f"The functions in {printable(checked['file'])}", ("function", "worst", "tolerance", "", "at"), left=1
    )
    table.columns[4].justify = "left"
    for row in checked["functions"]:
        verdict = _verdict(row)
        worst = "–" if row["worst"] is None else scientific(row["worst"])
        allowed = "–" if row["tolerance"] is None else scientific(row["tolerance"])
        table.add_row(row["name"], worst, allowed, verdict, _place(row["instance"]))
    yield table
    for row in checked["functions"]:
        if row["error"]:
            yield Text.assemble((f"{row['name']}: ", "bold"), printable(row["error"]))
        elif not row["passed"] and row["instance"]:
            yield Text.assemble((f"{row['name']}: ", "bold"), _wrong(row["instance"]))
        if row["remark"]:
            yield Text(f"{row['name']}: {printable(row['remark'])}", style="dim")
    if checked["missing"]:
        yield Text(f"Not in the file, and not checked: {', '.join(checked['missing'])}.", style="dim")
    if checked["diagnosis"]:
        yield Text.assemble(("Diagnosis: ", "bold yellow"), printable(checked["diagnosis"]), ".")
    elif checked["passed"]:
        yield Text("Every function agrees with the derivation at every state, within rounding.", style="green")


def _verdict(row: Mapping[str, Any]) -> Text:
    if row["passed"]:
        return Text("right in single precision" if row["precision"] == "float32" else "right", style="green")
    if row["error"] and not row["mistake"]:
        return Text("raised an error" if row["traceback"] else "no answer", style="bold red")
    return Text("WRONG", style="bold red")


def _place(instance: Mapping[str, Any] | None) -> str:
    if instance is None:
        return ""
    several = f", {instance['queries_at_once']} queries at once" if instance["queries_at_once"] > 1 else ""
    return f"{instance['state']} of {printable(instance['memory'])}{several}"


def _wrong(instance: Mapping[str, Any]) -> str:
    size = f"{counted(instance['patterns'], 'pattern')} × {instance['dimension']:,}, β = {instance['beta']:.4g}"
    return f"returned {_numbers(instance['returned'])} where {_numbers(instance['expected'])} is right ({size})"


def _numbers(values: list[float | None]) -> str:
    shown = ["no number" if value is None else f"{value:.6g}" for value in values[:NUMBERS_AT_MOST]]
    if len(values) == 1:
        return shown[0]
    return f"[{', '.join(shown)}{', …' if len(values) > NUMBERS_AT_MOST else ''}]"
