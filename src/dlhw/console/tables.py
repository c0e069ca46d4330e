"""Tables of results, on stdout."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.table import Table


def plain_table(title: str, headings: Sequence[str], *, left: int = 1) -> Table:
    """A table in the house's style: no frame, a rule under the head, figures to the right.

    Args:
        title: above the table; empty for none.
        headings: a column each.
        left: how many columns, from the first, hold words and are set to the left.
    """
    table = Table(title=title or None, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for index, heading in enumerate(headings):
        table.add_column(heading, justify="left" if index < left else "right", overflow="fold")
    return table


def figure(value: float | None, digits: int = 4) -> str:
    """A number with ``digits`` decimals, and a dash where there is none."""
    return "–" if value is None else f"{value:.{digits}f}"
