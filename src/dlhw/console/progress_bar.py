"""A bar for work whose items are counted and not trained on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from dlhw.console.streams import talk

Item = TypeVar("Item")
SHORT = 20
"""Below so many items there is nothing to wait for."""


def track(items: Iterable[Item], label: str, total: int) -> Iterator[Item]:
    """The items themselves, with a bar on a terminal's stderr while they are worked through."""
    console = talk()
    hidden = total < SHORT or not console.is_terminal
    columns = (TextColumn(label), BarColumn(32), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=hidden) as bar:
        yield from bar.track(items, total=total)


def track_stream(counts: Iterable[Item], label: str, count: Callable[[Item], int]) -> Iterator[Item]:
    """The items themselves, with how many there were and how many a second; how many come is not known.

    Args:
        counts: what says how far it has come.
        label: what is counted.
        count: how far that is.
    """
    console = talk()
    columns = (TextColumn(label), BarColumn(32), TextColumn("{task.completed:,}"), TimeElapsedColumn(), RateColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(label, total=None)
        for one in counts:
            bar.update(task, completed=count(one))
            yield one


class RateColumn(ProgressColumn):
    """Items a second."""

    def render(self, task: Task) -> Text:
        """The rate of the last seconds, where there is one."""
        return Text(f"{task.speed:,.0f}/s" if task.speed else "")
