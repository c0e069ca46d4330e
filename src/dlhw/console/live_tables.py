"""The two tables of a live training: one trial epoch by epoch, or several trials side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rich import box
from rich.progress_bar import ProgressBar
from rich.table import Table

from dlhw.console.schedule import clock
from dlhw.learning.loop import StepResult

LABEL_WIDTH = 30


@dataclass
class Watched:
    """What is known of one trial."""

    rows: list[Mapping[str, Any]] = field(default_factory=list)
    """One a finished epoch."""

    step: StepResult | None = None
    """Of the epoch under way."""

    outcome: Mapping[str, Any] | None = None

    @property
    def diverged(self) -> bool:
        return self.outcome is not None and self.outcome["status"] == "diverged"

    @property
    def images_per_second(self) -> float:
        """Of the epoch under way, or of the last one; 0 before anything is known and after the end."""
        if self.outcome is not None:
            return 0.0
        if self.step is not None:
            return self.step.images_per_second
        return float(self.rows[-1]["images_per_second"]) if self.rows else 0.0

    def best(self) -> str:
        """As in ``0.7941 @ 31``; empty before the first epoch."""
        return f"{self.rows[-1]['best_value']:.4f} @ {self.rows[-1]['best_epoch']:>2}" if self.rows else ""


def epochs_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """A line an epoch, the best ones in green."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    figures = _figures(rows[0])
    for heading in ("epoch", "loss", *(name.replace("_", " ") for name in figures), "best", "images/s", "time"):
        table.add_column(heading, justify="right")
    for row in rows:
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


def trials_table(trials: Mapping[str, Watched], *, epochs: int, room: int) -> Table:
    """A line a trial: those that train, and as many of those that have ended as there is room for.

    Args:
        trials: by their labels, in the order in which they began.
        epochs: of each.
        room: lines at most.
    """
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, collapse_padding=True)
    named = next((_figures(trial.rows[0]) for trial in trials.values() if trial.rows), [])
    validation = named[-1:]  # the one whose best value is shown beside it: two would not fit into eighty columns
    table.add_column("trial", max_width=LABEL_WIDTH, overflow="ellipsis", no_wrap=True)
    table.add_column("epoch", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for heading in ("loss", *(name.removeprefix("validation_") for name in validation), "best"):
        table.add_column(heading.replace("_", " "), justify="right", no_wrap=True)
    busy = [label for label, trial in trials.items() if trial.outcome is None]
    ended = [label for label, trial in trials.items() if trial.outcome is not None]
    kept = {*busy, *ended[max(0, len(ended) + len(busy) - room) :]}
    for label in (label for label in trials if label in kept):
        table.add_row(*_trial_cells(label, trials[label], epochs, validation), style=_style(trials[label]))
    return table


def _trial_cells(label: str, trial: Watched, epochs: int, validation: Sequence[str]) -> list[str | ProgressBar]:
    step, last = trial.step, trial.rows[-1] if trial.rows else None
    if trial.diverged:
        return [
            label,
            f"{len(trial.rows) + 1}/{epochs}",
            "diverged",
            "",
            *("" for _ in validation),
            trial.best(),
        ]
    epoch = step.epoch if step else len(trial.rows) + (trial.outcome is None)
    within = step.step / step.steps if step else 0.0
    loss = step.train_loss if step else last["train_loss"] if last else None
    return [
        label,
        f"{min(epoch, epochs)}/{epochs}",
        "finished" if trial.outcome is not None else ProgressBar(total=1.0, completed=within, width=8),
        "" if loss is None else f"{loss:.4f}",
        *("" if last is None else f"{last[name]:.4f}" for name in validation),
        trial.best(),
    ]


def _style(trial: Watched) -> str:
    return "red" if trial.diverged else "dim" if trial.outcome is not None else ""


def _figures(row: Mapping[str, Any]) -> list[str]:
    return [name for name in row if name.startswith("validation_")]
