"""Progress as a live table on a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from rich import box
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from dlhw.console.schedule import Schedule, clock
from dlhw.console.streams import talk
from dlhw.learning.loop import EpochResult, StepResult

MINIMUM_WIDTH, MINIMUM_HEIGHT = 80, 15
LINES_AROUND_ROWS = 10
"""Title, member, table head and rules, the two bars, the hint, and a line for the cursor."""


def fits(console: Console) -> bool:
    """Whether a live table has room and somebody can see it."""
    wide_enough = console.width >= MINIMUM_WIDTH and console.height >= MINIMUM_HEIGHT
    return console.is_terminal and not console.is_dumb_terminal and wide_enough


class LiveProgress:
    """An observer that redraws a table on stderr, four times a second at most.

    Args:
        title: what is trained on what.
        schedule: the members and epochs of the run.
    """

    def __init__(self, title: str, schedule: Schedule) -> None:
        self._title = title
        self._schedule = schedule
        self._console = talk()
        # Refreshed by the training's own events: a thread of its own would take time from the training.
        self._live = Live(console=self._console, auto_refresh=False, vertical_overflow="crop")
        self._label = ""
        self._rows: list[Mapping[str, Any]] = []
        self._finished: list[Text] = []
        self._step: StepResult | None = None

    def __enter__(self) -> Self:
        self._live.start()
        self._live.update(Text(self._title, style="bold"), refresh=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._refresh(last=True)
        self._live.stop()
        self._console.print()  # some air before the result

    def member_started(self, label: str, rows: Sequence[Mapping[str, Any]]) -> None:
        self._schedule.begin_member(len(rows))
        self._label, self._rows, self._step = label, list(rows), None
        self._refresh()

    def step(self, result: StepResult) -> None:
        self._step = result
        self._schedule.advance(result.epoch - 1 + result.step / result.steps)
        self._refresh()

    def epoch(self, result: EpochResult) -> None:
        self._step = None
        self._schedule.advance(result.epoch)
        self._rows.append(vars(result) | result.figures)
        self._refresh()

    def member_finished(self, outcome: Mapping[str, Any]) -> None:
        if outcome["status"] == "diverged":
            self._finished.append(Text(f"  {self._label}: {outcome['reason']}", style="red"))
        elif self._schedule.members > 1 and self._rows:
            last = self._rows[-1]
            best = f"best {last['best_value']:.4f} @ {last['best_epoch']}"
            self._finished.append(Text(f"  {self._label}: {len(self._rows)} epochs, {best}", style="dim"))
        self._refresh()

    def _refresh(self, *, last: bool = False) -> None:
        self._live.update(self._frame(last=last), refresh=True)

    def _frame(self, *, last: bool) -> RenderableType:
        position = f"  ({self._schedule.member} of {self._schedule.members})" if self._schedule.members > 1 else ""
        parts: list[RenderableType] = [Text(self._title, style="bold"), *self._finished]
        if self._label:
            parts.append(Text(self._label + position, style="cyan"))
        if self._rows:
            parts.append(self._table())
        if not last:
            parts += [self._bars(), Text("Ctrl-C saves the state and stops", style="dim")]
        return Group(*parts)

    def _table(self) -> Table:
        room = max(3, self._console.height - LINES_AROUND_ROWS - len(self._finished))
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
        figures = [name for name in self._rows[0] if name.startswith("validation_")]
        for heading in (
            "epoch",
            "loss",
            *(name.replace("_", " ") for name in figures),
            "best",
            "images/s",
            "time",
        ):
            table.add_column(heading, justify="right")
        for row in self._rows[-room:]:
            table.add_row(
                str(row["epoch"]),
                f"{row['train_loss']:.4f}",
                *(f"{row[name]:.4f}" for name in figures),
                f"{row['best_value']:.4f} @ {row['best_epoch']:>2}",
                f"{row['images_per_second']:,.0f}",
                clock(row["seconds"]),
                style="bold green" if row["best_epoch"] == row["epoch"] else None,
            )
        return table

    def _bars(self) -> Table:
        grid = Table.grid(padding=(0, 2))
        for _ in range(3):
            grid.add_column(no_wrap=True)
        step = self._step
        epoch = step.epoch if step else min(int(self._schedule.done) + 1, self._schedule.epochs)
        grid.add_row(
            f"epoch {epoch} of {self._schedule.epochs}",
            ProgressBar(total=1.0, completed=step.step / step.steps if step else 0.0, width=32),
            f"loss {step.train_loss:.4f}  {step.images_per_second:,.0f} images/s" if step else "",
        )
        grid.add_row(
            "whole run",
            ProgressBar(total=1.0, completed=self._schedule.fraction, width=32),
            f"{clock(self._schedule.seconds_left())} left",
        )
        return grid
