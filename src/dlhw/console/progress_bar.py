"""A bar for work whose items are counted and not trained on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

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
