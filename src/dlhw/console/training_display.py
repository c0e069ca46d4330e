"""What is shown of a training: its epochs, or its trials side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from dlhw.console.live_tables import Watched, epochs_table, trials_table
from dlhw.console.schedule import Schedule, clock
from dlhw.console.views import Display
from dlhw.learning.events import Progress
from dlhw.learning.loop import EpochResult, StepResult
from dlhw.plurals import counted, rate

LINES_AROUND_ROWS = 10
"""Title, trial, table head and rules, the two bars, the hint, and a line for the cursor."""


class TrainingDisplay(Display):
    """A table of epochs, or a line an epoch.

    Args:
        title: what is trained on what.
        schedule: the trials and epochs of the run.
    """

    seconds_between_frames = 0.0
    """A training says four times a second at most how far it has come, and an epoch is shown at once."""

    hint = "Ctrl-C saves the state and stops"

    def __init__(self, title: str, schedule: Schedule) -> None:
        super().__init__(title, schedule)
        self._trials: dict[str, Watched] = {}
        self._side_by_side = False

    def started(self, label: str, rows: Sequence[Any]) -> str:
        """Epochs that were trained before have their rows in the table."""
        self._trials[label] = Watched(rows=list(rows))
        self._side_by_side = self._side_by_side or len(self.schedule.running) > 1
        return f"{label}: continuing after epoch {len(rows)}" if rows else ""

    def advanced(self, label: str, progress: Progress) -> str:
        """Steps move the bar; an epoch is a row, and a line."""
        trial = self._trials[label]
        if isinstance(progress, StepResult):
            trial.step = progress
        if not isinstance(progress, EpochResult):
            return ""
        trial.step = None
        trial.rows.append(vars(progress) | progress.metrics)
        metrics = "  ".join(f"{name.replace('_', ' ')} {value:.4f}" for name, value in progress.metrics.items())
        return (
            f"{label}  epoch {progress.epoch:>2}/{self.schedule.epochs}  loss {progress.train_loss:.4f}  {metrics}"
            f"  best {progress.best_value:.4f} @ {progress.best_epoch}  {rate(progress.images_per_second, 'image')}/s"
            f"  {clock(self.schedule.seconds_left())} left"
        )

    def ended(self, label: str, outcome: Mapping[str, Any]) -> str:
        """Only a divergence is worth a line."""
        self._trials[label].outcome = outcome
        return f"{label}: {outcome['reason']}" if outcome["status"] == "diverged" else ""

    def frame(self, height: int, *, last: bool) -> RenderableType:
        """The epochs of the newest trial, or a line for each of those side by side, and how far the whole has come."""
        parts: list[RenderableType] = [Text(self.title, style="bold")]
        if self._side_by_side:
            room = height - LINES_AROUND_ROWS
            parts.append(trials_table(self._trials, epochs=self.schedule.epochs, room=room))
        elif self._trials:
            parts += self._one_after_the_other(height)
        if not last:
            parts += [self._bars(), Text(self.hint, style="dim")]
        return Group(*parts)

    def _one_after_the_other(self, height: int) -> list[RenderableType]:
        *before, (label, trial) = self._trials.items()
        ended = [self._ended(name, watched) for name, watched in before]
        if trial.diverged or (trial.outcome is not None and self.schedule.trials > 1 and trial.rows):
            ended.append(self._ended(label, trial))
        of = f"  ({self.schedule.position(label)} of {self.schedule.trials})" if self.schedule.trials > 1 else ""
        parts: list[RenderableType] = [*ended, Text(label + of, style="cyan")]
        if trial.rows:
            room = max(3, height - LINES_AROUND_ROWS - len(ended))
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
            ProgressBar(total=1.0, completed=self.schedule.fraction, width=32),
            f"{clock(self.schedule.seconds_left())} left{self._speed_of_all()}",
        )
        return grid

    def _speed_of_all(self) -> str:
        speed = sum(trial.images_per_second for trial in self._trials.values())
        return f"  {rate(speed, 'image')}/s" if self._side_by_side and speed else ""

    def _epoch_bar(self) -> tuple[str, ProgressBar, str]:
        label, trial = next(reversed(self._trials.items()), ("", Watched()))
        step = trial.step
        done = self.schedule.done(label) if label else 0.0
        epoch = step.epoch if step else min(int(done) + 1, self.schedule.epochs)
        return (
            f"epoch {epoch} of {self.schedule.epochs}",
            ProgressBar(total=1.0, completed=step.step / step.steps if step else 0.0, width=32),
            f"loss {step.train_loss:.4f}  {rate(step.images_per_second, 'image')}/s" if step else "",
        )
