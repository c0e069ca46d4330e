"""Tables of results, on stdout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

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


def signed(value: float | None) -> str:
    """A difference with four decimals and its sign, and a dash where there is none."""
    return "–" if value is None else f"{value:+.4f}".replace("-", "−")


def signed_interval(difference: Mapping[str, Any]) -> str:
    """The 95 % interval of a difference, or nothing where there is none."""
    low, high = difference["low"], difference["high"]
    return "" if low is None or high is None else f"{signed(low)} … {signed(high)}"


def probability(p: float | None, *, at_limit: bool) -> str:
    """A test's p, with ≤ where resampling cannot tell a smaller one."""
    if p is None:
        return "–"
    return f"≤{p:.2g}" if at_limit else f"{p:.3f}"
