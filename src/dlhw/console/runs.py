"""Runs in a table, and two or more of them beside each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from dlhw.console.streams import printable
from dlhw.console.tables import figure, plain_table

STYLES = {"finished": "green", "running": "cyan", "unfinished": "yellow", "damaged": "red"}


def runs_result(document: Mapping[str, Any]) -> Iterator[RenderableType]:
    """All runs, a row each; where some were named, what tells them apart besides."""
    runs = document["runs"]
    if not runs:
        yield Text(f"no runs under {printable(document['root'])}")
        return
    table = plain_table("", ["run", "state", "chosen by", "trials", "best", "epoch", "MB"], left=3)
    for run in runs:
        best = _best(run["trials"])
        table.add_row(
            run["run"],
            Text(run["status"], style=STYLES[run["status"]]),
            (best.get("quantity") or "–").replace("_", " "),
            _ended(run),
            figure(best.get("best_value")),
            str(best.get("best_epoch") or "–"),
            f"{run['bytes'] / 1e6:,.1f}",
        )
    yield table
    for run in runs:
        if run["problem"]:
            yield Text(run["problem"], style="red")
    if document["differences"]:
        yield _differences(document["differences"], [run["run"] for run in runs])
    yield Text(_space(document), style="dim")


def _ended(run: Mapping[str, Any]) -> str:
    """How many trials have ended, of those that were asked for."""
    ended, begun, asked = sum(trial["ended"] for trial in run["trials"]), len(run["trials"]), run["trials_asked"]
    if asked is None:
        return f"{ended} of {begun} begun" if begun else "–"
    return f"{ended} of {asked}"


def _best(trials: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The best of the trials: of error rates the smallest, of everything else the largest."""
    begun = [trial for trial in trials if trial["best_value"] is not None]
    if not begun:
        return {}
    smaller = (begun[0]["quantity"] or "").endswith(("_cer", "_wer", "_loss"))
    return (min if smaller else max)(begun, key=lambda trial: float(trial["best_value"]))


def _differences(differences: Mapping[str, Sequence[Any]], names: Sequence[str]) -> RenderableType:
    table = plain_table("settings that differ", ["", *names], left=1 + len(names))
    for setting, values in differences.items():
        table.add_row(setting, *("–" if value is None else str(value) for value in values))
    return table


def _space(document: Mapping[str, Any]) -> str:
    total = sum(run["bytes"] for run in document["runs"]) / 1e6
    states = sum(run["state_bytes"] for run in document["runs"]) / 1e6
    if document["freed"] is not None:
        return f"{total:,.1f} MB; {document['freed'] / 1e6:,.1f} MB were freed"
    return f"{total:,.1f} MB, of which --prune frees {states:,.1f}: states of trials that have ended"
