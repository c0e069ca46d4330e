"""What ``dlhw reproduce`` shows: which parts are done, which one runs, how long the rest takes."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from rich.console import Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from dlhw.console.handin import hand_in_result
from dlhw.console.live import fits
from dlhw.console.progress import ProgressStyle
from dlhw.console.schedule import clock
from dlhw.console.streams import harmless, note, printable, talk
from dlhw.console.tables import figure, plain_table
from dlhw.report.watching import Status, Unwatched, Watcher

MARKS = {"waits": ("·", "dim"), "runs": ("▸", "cyan"), "done": ("✓", "green"), "kept": ("✓", "green")}
MARKS |= {"failed": ("✗", "bold red"), "stopped": ("‖", "yellow")}
SECONDS_BETWEEN_FRAMES = 0.2


class Forecast:
    """How far the whole has come, and how long the rest will take.

    What is left is guessed from what was expected of each part, times how much longer than expected the parts of this
    command have taken so far.

    Args:
        expected: seconds of each part that was asked for.
    """

    def __init__(self, expected: Mapping[str, float]) -> None:
        self._expected = dict(expected)
        self._shares = dict.fromkeys(expected, 0.0)
        self._spent = 0.0
        self._worth = 0.0
        self._running: tuple[str, float] | None = None

    def started(self, question: str) -> None:
        self._running = (question, time.perf_counter())

    def progress(self, question: str, share: float) -> None:
        self._shares[question] = max(self._shares[question], share)

    def ended(self, question: str, seconds: float, *, kept: bool) -> None:
        self._shares[question] = 1.0
        self._running = None
        if not kept:
            self._spent += seconds
            self._worth += self._expected[question]

    @property
    def fraction(self) -> float:
        """Of all parts, from 0 to 1."""
        total = sum(self._expected.values())
        return sum(self._expected[name] * share for name, share in self._shares.items()) / total if total else 1.0

    def seconds_left(self) -> float:
        """Of all parts."""
        spent, worth = self._spent, self._worth
        if self._running is not None:
            question, since = self._running
            spent += time.perf_counter() - since
            worth += self._expected[question] * self._shares[question]
        # A few expected seconds are mixed in, so that the first part's start is not taken for the pace of all.
        pace = (spent + 5.0) / (worth + 5.0)
        return pace * sum(self._expected[name] * (1 - share) for name, share in self._shares.items())


class LiveOverview:
    """A watcher that redraws a table on stderr.

    Args:
        title: what is reproduced, and where.
        titles: of the parts that were asked for, by question.
        forecast: of the whole.
    """

    def __init__(self, title: str, titles: Mapping[str, str], forecast: Forecast) -> None:
        self._title, self._titles, self._forecast = title, titles, forecast
        self._states: dict[str, str] = dict.fromkeys(titles, "waits")
        self._says: dict[str, str] = dict.fromkeys(titles, "")
        self._console = talk()
        # Refreshed by the parts' own events: a thread of its own would take time from them.
        self._live = Live(console=self._console, auto_refresh=False, vertical_overflow="crop")
        self._last = 0.0

    def __enter__(self) -> Self:
        self._live.start()
        self._refresh()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._refresh(last=True)
        self._live.stop()
        self._console.print()

    def started(self, question: str) -> None:
        self._forecast.started(question)
        self._states[question] = "runs"
        self._refresh()

    def progress(self, question: str, share: float, doing: str) -> None:
        self._forecast.progress(question, share)
        self._says[question] = doing
        if time.perf_counter() - self._last > SECONDS_BETWEEN_FRAMES:
            self._refresh()

    def ended(self, question: str, status: Status, seconds: float, reason: str = "") -> None:
        if question not in self._states:
            return  # done before, and not asked for now
        if status != "stopped":
            self._forecast.ended(question, seconds, kept=status == "kept")
        self._states[question] = status
        self._says[question] = reason if status == "failed" else "done before" if status == "kept" else clock(seconds)
        self._refresh()

    def _refresh(self, *, last: bool = False) -> None:
        self._last = time.perf_counter()
        self._live.update(self.frame(last=last), refresh=True)

    def frame(self, *, last: bool = False) -> RenderableType:
        """What is on the screen."""
        table = Table.grid(padding=(0, 2))
        table.add_column(width=1)
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
        for question, title in self._titles.items():
            state = self._states[question]
            mark, style = MARKS[state]
            faint = "dim" if state == "waits" else ""
            says = Text(printable(self._says[question]), style="red" if state == "failed" else "dim")
            table.add_row(Text(mark, style=style), Text(question, style=faint), Text(title, style=faint), says)
        parts: list[RenderableType] = [Text(printable(self._title), style="bold"), Text(), table]
        if not last:
            bar = Table.grid(padding=(0, 2))
            left = f"about {clock(self._forecast.seconds_left())} left"
            bar.add_row(ProgressBar(total=1.0, completed=self._forecast.fraction, width=44), Text(left))
            parts += [Text(), bar, Text("Ctrl-C saves the state and stops; the same command continues", style="dim")]
        return Group(*parts)


class PlainOverview:
    """A watcher that prints a line on stderr when a part begins or ends, and every so often in between.

    Args:
        title: what is reproduced, and where.
        titles: of the parts that were asked for, by question.
        forecast: of the whole.
    """

    SECONDS_BETWEEN_LINES = 15.0

    def __init__(self, title: str, titles: Mapping[str, str], forecast: Forecast) -> None:
        self._title, self._titles, self._forecast = title, titles, forecast
        self._last = 0.0

    def __enter__(self) -> Self:
        _line(self._title)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def started(self, question: str) -> None:
        self._forecast.started(question)
        self._last = time.perf_counter()
        _line(f"{question}  {self._titles[question]}  about {clock(self._forecast.seconds_left())} left")

    def progress(self, question: str, share: float, doing: str) -> None:
        self._forecast.progress(question, share)
        if time.perf_counter() - self._last > self.SECONDS_BETWEEN_LINES:
            self._last = time.perf_counter()
            _line(f"{question}  {doing}  about {clock(self._forecast.seconds_left())} left")

    def ended(self, question: str, status: Status, seconds: float, reason: str = "") -> None:
        if question not in self._titles:
            return
        if status != "stopped":
            self._forecast.ended(question, seconds, kept=status == "kept")
        words = {"done": f"done in {clock(seconds)}", "kept": "done before", "stopped": "stopped", "failed": reason}
        _line(f"{question}  {'failed: ' if status == 'failed' else ''}{words[status]}")


def watch(
    style: ProgressStyle, title: str, titles: Mapping[str, str], expected: Mapping[str, float]
) -> AbstractContextManager[Watcher]:
    """A watcher of a reproduction, in a context that cleans up the terminal.

    Args:
        style: ``auto`` is live on an interactive terminal of at least 80×15, else plain.
        title: what is reproduced, and where.
        titles: of the parts that were asked for, by question.
        expected: seconds of each part.
    """
    if style == "none":
        return nullcontext(Unwatched())
    forecast = Forecast({question: expected[question] for question in titles})
    if style == "live" or (style == "auto" and fits(talk())):
        return LiveOverview(title, titles, forecast)
    return PlainOverview(title, titles, forecast)


def title(scale: str, data: Path | None, directory: str) -> str:
    """The line above the overview."""
    return f"reproduce · {scale} · {'procedural landscapes' if data is None else data.name} · {directory}"


def tell_beginning() -> None:
    """Say at once what is about to take seconds: PyTorch's import."""
    note("the whole homework, question by question")


def reproduction_result(document: Mapping[str, Any]) -> Iterator[RenderableType]:
    """The table of rows, and where the page is."""
    table = plain_table("", ("", "", "reported", "ours", "95 %"), left=2)
    failed = {part["question"]: part["reason"] for part in document["parts"] if part["status"] == "failed"}
    before = ""
    for row in document["rows"]:
        question = row["question"]
        if before and question != before:
            table.add_section() if question[0] != before[0] else None
        label = question if question != before else ""
        before = question
        if question in failed:
            table.add_row(
                label, Text(printable(f"{row['quantity']}: {failed[question]}"), style="red"), "", "failed", ""
            )
            continue
        low, high = row["low"], row["high"]
        between = "" if low is None or high is None else f"{low:.3f} to {high:.3f}".replace("-", "−")
        table.add_row(label, row["quantity"], _value(row["reported"]), _value(row["ours"]), between)
    yield table
    if document["hand_in"]:
        yield from hand_in_result(document["hand_in"])
    else:
        yield Text("The report's data is not named: its figures cannot be compared with ours.", style="dim")
    yield Text(f"page {harmless(document['page'])}", style="bold")


def _value(value: float | int | str | None) -> str:
    if isinstance(value, float):
        return figure(value).replace("-", "−")
    return "" if value is None else f"{value:,}" if isinstance(value, int) else value


def _line(text: str) -> None:
    sys.stderr.write(printable(text) + "\n")
    sys.stderr.flush()
