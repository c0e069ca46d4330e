"""Tables of results, on stdout."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from dlhw.console.streams import printable

LONGEST_NUMBER = 24
"""Characters in the longest cell of a column of numbers, as in ``0.8909 [0.8717, 0.9072]``; longer ones are words."""

LONGEST_WORD = 28
"""Characters in the longest word that is never cut, as ``scaled_dot_product_attention``; a path may be longer."""

FOLDED = 12
"""Characters to which longer words may be folded."""

NOTHING = "·"
"""A cell of a matrix in which nothing was counted; a list leaves it out."""

PATH_PART = re.compile(r"(?<=[/\\ ])")

WORTH_BREAKING = 4
"""Characters that a heading has to be longer than its column to stand on several lines."""

GAP = 3
"""Characters between two columns; beside the first and the last there is one."""


class ResultTable(Table):
    """A table whose cells are harmless, and that becomes a list where it has no room: no number or word is broken.

    Foreign text is made printable before its width is measured.
    """

    def add_row(self, *renderables: RenderableType | None, style: str | None = None, end_section: bool = False) -> None:  # type: ignore[override]
        """Add a row, as :meth:`rich.table.Table.add_row` does."""
        super().add_row(*map(_harmless, renderables), style=style, end_section=end_section)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        needed = whole = GAP * (len(self.columns) - 1) + 2
        for column in self.columns:
            cells = [str(cell) for cell in column.cells]
            longest = max(map(cell_len, cells), default=0)
            words = [cell_len(word) for cell in (str(column.header), *column.cells) for word in _unbroken(cell)]
            numbers = column.justify == "right" and longest <= LONGEST_NUMBER
            column.no_wrap = numbers or max(words, default=0) == longest <= LONGEST_WORD
            column.min_width = max((word if word <= LONGEST_WORD else FOLDED for word in words), default=0)
            needed += max(longest, column.min_width) if column.no_wrap else column.min_width
            whole += max(longest, cell_len(str(column.header)))
        if needed <= options.max_width:
            for column in self.columns:
                heading, longest = str(column.header), max(map(cell_len, map(str, column.cells)), default=0)
                if column.no_wrap and whole > options.max_width and cell_len(heading) >= longest + WORTH_BREAKING:
                    column.header = heading.replace(" ", "\n")  # it alone makes the column wide
            yield from super().__rich_console__(console, options)
        else:
            yield from self._as_list()

    def _as_list(self) -> RenderResult:
        """Each row as a block: its first cell, then a line for each of the others with its heading."""
        if self.title:
            yield Text(str(self.title), style="bold")
        first, *others = self.columns
        rows = zip(*(column.cells for column in self.columns), strict=True)
        for cell, *values in rows:
            bare = re.match(r"[\d.,]+(?: |$)", str(cell))  # a number alone says nothing: step 3
            named = f"{first.header} {cell}".strip() if bare else str(cell or first.header)
            yield cell if isinstance(cell, Text) else Text(named)
            for column, value in zip(others, values, strict=True):
                if str(value).strip() not in ("", NOTHING):
                    heading = f"{column.header} " if str(column.header) else ""
                    yield Padding(_headed(heading, value), (0, 0, 0, 2))


class Items:
    """Short texts in one cell, such as ``street 0.072   sea 0.011``, which is broken between them alone.

    Args:
        items: harmless texts.
        style: of all of them.
        gap: characters between two.
    """

    def __init__(self, items: Sequence[str], style: str = "", gap: int = GAP) -> None:
        self.items, self._style, self._gap = tuple(items), style, " " * gap

    def __str__(self) -> str:
        return self._gap.join(self.items)

    def after(self, heading: str) -> Items:
        """The same with a heading before the first."""
        return Items((f"{heading}{self.items[0]}", *self.items[1:]), self._style, len(self._gap))

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement(max(map(cell_len, self.items), default=0), cell_len(str(self)))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines: list[str] = []
        for item in self.items:
            longer = f"{lines[-1]}{self._gap}{item}" if lines else ""
            if lines and cell_len(longer) <= options.max_width:
                lines[-1] = longer
            else:
                lines.append(item)
        yield Text("\n".join(lines), style=self._style)


def path_cell(path: str, style: str = "") -> Items:
    """A path in a cell, which is broken after its separators and blanks alone: names of files stay whole."""
    return Items([part for part in PATH_PART.split(printable(path)) if part], style, gap=0)


def _unbroken(cell: RenderableType) -> Sequence[str]:
    """What of a cell stays on one line."""
    return cell.items if isinstance(cell, Items) else str(cell).split()


def _headed(heading: str, value: RenderableType) -> RenderableType:
    if isinstance(value, Items):
        return value.after(heading)
    return Text(heading, style="dim").append(value if isinstance(value, Text) else Text(str(value)))


def _harmless(cell: RenderableType | None) -> RenderableType | None:
    if isinstance(cell, str):
        return "\n".join(map(printable, cell.split("\n")))
    if isinstance(cell, Text) and not all(map(str.isprintable, cell.plain.split("\n"))):
        return Text("\n".join(map(printable, cell.plain.split("\n"))), style=cell.style)
    return cell


def plain_table(title: str, headings: Sequence[str], *, left: int = 1) -> ResultTable:
    """A table in the style of the project: no frame, a rule under the head, numbers to the right.

    Args:
        title: above the table; empty for none.
        headings: a column each.
        left: how many columns, from the first, hold words and are set to the left.
    """
    table = ResultTable(
        title=printable(title) or None, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False
    )
    for index, heading in enumerate(headings):
        table.add_column(printable(heading), justify="left" if index < left else "right", overflow="fold")
    return table


def figure(value: float | None, digits: int = 4) -> str:
    """A number with ``digits`` decimals, and a dash where there is none."""
    return "–" if value is None else f"{value:.{digits}f}"


def spread(of: Mapping[str, float | None]) -> str:
    """``mean`` and ``deviation``, where there is one, with four decimals."""
    # No non-breaking space: what is not printable is spelled out. Columns of numbers do not break.
    return figure(of["mean"]) if of["deviation"] is None else f"{figure(of['mean'])} ± {figure(of['deviation'])}"


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
