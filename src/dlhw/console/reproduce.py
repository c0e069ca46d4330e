"""What ``dlhw reproduce`` shows: which parts are done, which one runs, how long the rest takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from dlhw.console.handin import hand_in_result
from dlhw.console.option_names import as_options
from dlhw.console.schedule import Schedule, clock
from dlhw.console.streams import harmless, printable
from dlhw.console.tables import figure, plain_table
from dlhw.console.views import Display
from dlhw.learning.events import Doing, Progress

MARKS = {"waits": ("·", "dim"), "runs": ("▸", "cyan"), "done": ("✓", "green"), "kept": ("✓", "green")}
MARKS |= {"failed": ("✗", "bold red"), "stopped": ("‖", "yellow")}


class PartsDisplay(Display):
    """A line a part: which are done, which one runs.

    Args:
        title: what is reproduced, and where.
        titles: of the parts that were asked for, by question.
        expected: seconds of each part.
    """

    hint = "Ctrl-C saves the state and stops; the same command continues"
    seconds_between_lines = 15.0

    def __init__(self, title: str, titles: Mapping[str, str], expected: Mapping[str, float]) -> None:
        costs = {question: expected[question] for question in titles}
        super().__init__(title, Schedule(trials=len(costs), epochs=1, costs=costs, expected=True))
        self._titles = titles
        self._states: dict[str, str] = dict.fromkeys(titles, "waits")
        self._says: dict[str, str] = dict.fromkeys(titles, "")

    def started(self, label: str, rows: Sequence[Any]) -> str:
        """One that was done before is shown only when it ends, which is at once."""
        self._states[label] = "runs"
        return "" if rows else f"{label}  {self._titles[label]}  {self._left()}"

    def advanced(self, label: str, progress: Progress) -> str:
        """What a part does."""
        text = progress.text if isinstance(progress, Doing) else ""
        self._says[label] = text or self._says[label]
        return f"{label}  {text}  {self._left()}" if text else ""

    def ended(self, label: str, outcome: Mapping[str, Any]) -> str:
        """How it ended, and why it failed if it did."""
        status = self._states[label] = str(outcome["status"])
        took = clock(outcome["seconds"])
        shown = {"done": took, "kept": "done before", "stopped": took, "failed": as_options(outcome.get("reason", ""))}
        lines = {"done": f"done in {took}", "stopped": "stopped", "failed": f"failed: {shown['failed']}"}
        self._says[label] = shown[status]
        return f"{label}  {lines.get(status, shown[status])}"

    def _left(self) -> str:
        return f"about {clock(self.schedule.seconds_left())} left"

    def frame(self, height: int, *, last: bool) -> RenderableType:
        """A line a part, and how far the whole has come."""
        table = Table.grid(padding=(0, 2), expand=True)  # so that what a part does takes no room from its name
        table.add_column(width=1)
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True)
        table.add_column(ratio=1)
        for question, title in self._titles.items():
            state = self._states[question]
            mark, style = MARKS[state]
            faint = "dim" if state == "waits" else ""
            says = Text(printable(self._says[question]), style="red" if state == "failed" else "dim")
            table.add_row(Text(mark, style=style), Text(question, style=faint), Text(title, style=faint), says)
        parts: list[RenderableType] = [Text(printable(self.title), style="bold"), Text(), table]
        if not last:
            bar = Table.grid(padding=(0, 2))
            bar.add_row(ProgressBar(total=1.0, completed=self.schedule.fraction, width=44), Text(self._left()))
            parts += [Text(), bar, Text(self.hint, style="dim")]
        return Group(*parts)


def title(scale: str, data: Path | None, directory: str) -> str:
    """The line above the overview."""
    return f"reproduce · {scale} · {'procedural landscapes' if data is None else data.name} · {directory}"


def reproduction_result(document: Mapping[str, Any]) -> Iterator[RenderableType]:
    """The table of rows, and where the page is."""
    measured = any(row["low"] is not None for row in document["rows"] if "low" in row)  # counts have no interval
    table = plain_table("", ("", "", "reported", "ours", *(("95 %",) if measured else ())), left=2)
    failed = {part["question"]: as_options(part["reason"]) for part in document["parts"] if part["status"] == "failed"}
    before = ""
    for row in document["rows"]:
        question = row["question"]
        if before and question != before:
            table.add_section() if question[0] != before[0] else None
        label = question if question != before else ""
        before = question
        if question in failed:
            table.add_row(label, Text(printable(f"{row['quantity']}: {failed[question]}"), style="red"), "", "failed")
            continue
        low, high = row["low"], row["high"]
        between = "" if low is None or high is None else f"{low:.3f} to {high:.3f}".replace("-", "−")
        cells = (row["quantity"], _value(row["reported"]), _value(row["ours"]), between)
        table.add_row(label, *(cells if measured else cells[:-1]))
    yield table
    if document["scale"] == "quick" and any(part["trained"] for part in document["parts"]):
        yield Text(
            "Trainings of Question 2, and those called short, take a few epochs; the page has whole ones beside them.",
            style="dim",
        )
    if document["hand_in"]:
        yield from hand_in_result(document["hand_in"])
    else:
        yield Text("The report's data is not named: its results cannot be compared with ours.", style="dim")
    yield Text(f"page {harmless(document['page'])}", style="bold")


def _value(value: float | int | str | None) -> str:
    if isinstance(value, float):
        return figure(value).replace("-", "−")
    return "" if value is None else f"{value:,}" if isinstance(value, int) else value
