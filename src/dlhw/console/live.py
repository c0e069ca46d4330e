"""Progress as a live table on a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from dlhw.console.live_tables import Watched, epochs_table, trials_table
from dlhw.console.schedule import Schedule, clock
from dlhw.console.streams import talk
from dlhw.learning.loop import EpochResult, StepResult
from dlhw.plurals import counted

MINIMUM_WIDTH, MINIMUM_HEIGHT = 80, 15
LINES_AROUND_ROWS = 10
"""Title, trial, table head and rules, the two bars, the hint, and a line for the cursor."""


def fits(console: Console) -> bool:
    """Whether a live table has room and somebody can see it."""
    wide_enough = console.width >= MINIMUM_WIDTH and console.height >= MINIMUM_HEIGHT
    return console.is_terminal and not console.is_dumb_terminal and wide_enough


class LiveProgress:
    """An observer that redraws a table on stderr, four times a second at most.

    Args:
        title: what is trained on what.
        schedule: the trials and epochs of the run.
    """

    def __init__(self, title: str, schedule: Schedule) -> None:
        self._title = title
        self._schedule = schedule
        self._console = talk()
        # Refreshed by the training's own events: a thread of its own would take time from the training.
        self._live = Live(console=self._console, auto_refresh=False, vertical_overflow="crop")
        self._trials: dict[str, Watched] = {}
        self._side_by_side = False

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

    def trial_started(self, label: str, rows: Sequence[Mapping[str, Any]]) -> None:
        self._schedule.begin_trial(label, len(rows))
        self._trials[label] = Watched(rows=list(rows))
        self._side_by_side = self._side_by_side or len(self._schedule.running) > 1
        self._refresh()

    def step(self, label: str, result: StepResult) -> None:
        self._trials[label].step = result
        self._schedule.advance(label, result.epoch - 1 + result.step / result.steps)
        self._refresh()

    def epoch(self, label: str, result: EpochResult) -> None:
        trial = self._trials[label]
        trial.step = None
        trial.rows.append(vars(result) | result.figures)
        self._schedule.advance(label, result.epoch)
        self._refresh()

    def trial_finished(self, label: str, outcome: Mapping[str, Any]) -> None:
        self._trials[label].outcome = outcome
        self._schedule.end_trial(label)
        self._refresh()

    def _refresh(self, *, last: bool = False) -> None:
        self._live.update(self._frame(last=last), refresh=True)

    def _frame(self, *, last: bool) -> RenderableType:
        parts: list[RenderableType] = [Text(self._title, style="bold")]
        if self._side_by_side:
            room = self._console.height - LINES_AROUND_ROWS
            parts.append(trials_table(self._trials, epochs=self._schedule.epochs, room=room))
        elif self._trials:
            parts += self._one_after_the_other()
        if not last:
            parts += [self._bars(), Text("Ctrl-C saves the state and stops", style="dim")]
        return Group(*parts)

    def _one_after_the_other(self) -> list[RenderableType]:
        *before, (label, trial) = self._trials.items()
        ended = [self._ended(name, watched) for name, watched in before]
        if trial.diverged or (trial.outcome is not None and self._schedule.trials > 1 and trial.rows):
            ended.append(self._ended(label, trial))
        of = f"  ({self._schedule.position(label)} of {self._schedule.trials})" if self._schedule.trials > 1 else ""
        parts: list[RenderableType] = [*ended, Text(label + of, style="cyan")]
        if trial.rows:
            room = max(3, self._console.height - LINES_AROUND_ROWS - len(ended))
            parts.append(epochs_table(trial.rows[-room:]))
        return parts

    def _ended(self, label: str, trial: Watched) -> Text:
        if trial.diverged and trial.outcome is not None:
            return Text(f"  {label}: {trial.outcome['reason']}", style="red")
        return Text(f"  {label}: {counted(len(trial.rows), 'epoch')}, best {trial.best()}", style="dim")

    def _bars(self) -> Table:
        grid = Table.grid(padding=(0, 2))
        for _ in range(3):
            grid.add_column(no_wrap=True)
        if not self._side_by_side:
            grid.add_row(*self._epoch_bar())
        grid.add_row(
            "whole run",
            ProgressBar(total=1.0, completed=self._schedule.fraction, width=32),
            f"{clock(self._schedule.seconds_left())} left{self._speed_of_all()}",
        )
        return grid

    def _speed_of_all(self) -> str:
        speed = sum(trial.images_per_second for trial in self._trials.values())
        return f"  {speed:,.0f} images/s" if self._side_by_side and speed else ""

    def _epoch_bar(self) -> tuple[str, ProgressBar, str]:
        label, trial = next(reversed(self._trials.items()), ("", Watched()))
        step = trial.step
        done = self._schedule.done(label) if label else 0.0
        epoch = step.epoch if step else min(int(done) + 1, self._schedule.epochs)
        return (
            f"epoch {epoch} of {self._schedule.epochs}",
            ProgressBar(total=1.0, completed=step.step / step.steps if step else 0.0, width=32),
            f"loss {step.train_loss:.4f}  {step.images_per_second:,.0f} images/s" if step else "",
        )
