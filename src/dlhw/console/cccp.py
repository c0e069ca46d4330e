"""What ``dlhw cccp`` shows: the steps as they happen, and what was found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from dlhw.console.hopfield import SHOWN_AT_MOST, figures_line, first_of_several, scientific, state_table
from dlhw.console.option_names import as_options
from dlhw.console.schedule import Schedule
from dlhw.console.tables import plain_table
from dlhw.console.views import Display
from dlhw.hopfield.follow import Row
from dlhw.hopfield.majority import MAJORITY, ONE_PATTERN
from dlhw.learning.events import Progress
from dlhw.plurals import all_of, counted, part_of

HEAD, TAIL = 10, 6
"""Rows of a long iteration that its final table shows from the start and from the end."""


class IterationDisplay(Display):
    """The steps of the first query as they happen; they go away, since the result shows them again.

    Args:
        title: above the table.
        queries: how many there are.
        steps: updates at most.
    """

    transient = True
    seconds_between_lines = 0.5

    def __init__(self, title: str, *, queries: int, steps: int) -> None:
        super().__init__(title, Schedule(trials=1, epochs=steps))
        self._queries, self._steps = queries, steps
        self._rows: list[Row] = []

    def advanced(self, label: str, progress: Progress) -> str:
        """A step was made."""
        assert isinstance(progress, Row)
        self._rows.append(progress)
        return (
            f"step {progress.step:,} of {self._steps:,} at most  E {progress.energy:.6g}"
            f"  residual {progress.residual:.2e}  {progress.active:,} of {self._queries:,} queries still move"
        )

    def frame(self, height: int, *, last: bool) -> RenderableType:
        """The last steps, and how many queries have not converged."""
        del self._rows[: -max(4, height - 8)]
        if not self._rows:
            return Text(self.title, style="bold")
        row, of = self._rows[-1], self._queries
        moving = f"{row.active:,} of {of:,} queries still move, step {row.step:,} of {self._steps:,} at most"
        return Group(Text(self.title, style="bold"), _steps_table(self._rows), Text(moving, style="dim"))


def cccp_result(document: Mapping[str, Any], rows: Sequence[Row]) -> Iterator[RenderableType]:
    """The steps, the queries, the certificate, the separation and the attention of ``dlhw cccp``."""
    check = document["checks"][0]
    shown = list(rows) if len(rows) <= HEAD + TAIL + 1 else [*rows[:HEAD], None, *rows[-TAIL:]]
    which = first_of_several(document)
    falls = f"{f'{which.capitalize()}: E' if which else 'The energy'} falls by what the state moves"
    yield _steps_table(shown, title=f"{falls}, and what the weights change")
    if check["points"]:
        verdict = "add up to the fall" if check["passed"] else "do NOT add up to the fall"
        yield Text(
            f"½‖Δq‖² + KL/β {verdict} at {all_of(check['points'], 'step')}: "
            f"off by {scientific(check['worst'])} at worst, "
            f"where rounding may do {scientific(check['tolerance'])}.",
            style="green" if check["passed"] else "bold red",
        )
    if any(row.fall and not row.fall.measurable for row in shown if row):
        yield Text("0: a fall in E that is no more than rounding of the two energies.", style="dim")
    yield Text()
    yield state_table(document)
    yield Text()
    yield _queries(document)
    yield Text()
    yield _certificate(document)
    yield Text()
    yield from _separation(document["separation"], document["patterns"])
    if "attention" in document:
        yield Text()
        yield from _attention(document["attention"], document)
    if found := document.get("landscapes"):
        came, asked = found["came_back"], found["asked"]
        yield Text(
            f"In retrieval.png, with 24 drawn landscapes as patterns: {came} of {asked} corrupted ones come back."
        )
    yield from figures_line(document)


def _steps_table(rows: Sequence[Row | None], title: str = "") -> Table:
    table = plain_table(title, ("step", "E", "fall in E", "½‖Δq‖²", "KL/β", "adds up", "residual"), left=0)
    for row in rows:
        if row is None:
            table.add_row(*["…"] * 7, style="dim")
            continue
        fall = row.fall
        parts = (
            ("", "", "", Text(""))
            if fall is None
            else (
                f"{fall.fall:.3e}" if fall.measurable else "0",
                f"{fall.movement:.3e}",
                f"{fall.divergence:.3e}",
                Text("✓", style="green") if fall.adds_up else Text("✗", style="bold red"),
            )
        )
        table.add_row(f"{row.step:,}", f"{row.energy:.10g}", *parts, f"{row.residual:.2e}")
    return table


def _queries(document: Mapping[str, Any]) -> RenderableType:
    results = document["query_results"]
    if document["queries"] == 1:
        only = results[0]
        ended = "has converged" if only["status"] == "converged" else "has not converged"
        return Text.assemble(
            ("The query ", "bold"),
            f"{ended} after {counted(only['iterations'], 'update')}, "
            f"with {only['weight']:.1%} of the weight on pattern {only['pattern']}.",
        )
    table = plain_table(
        "Queries", ("query", "status", "updates", "E", "residual", "heaviest pattern", "weight"), left=2
    )
    stuck_first = sorted(results, key=lambda row: (row["status"] == "converged", row["query"]))
    for row in stuck_first[:SHOWN_AT_MOST]:
        style = None if row["status"] == "converged" else "yellow"
        table.add_row(
            str(row["query"]),
            row["status"],
            f"{row['iterations']:,}",
            f"{row['energy']:.6g}",
            f"{row['residual']:.1e}",
            str(row["pattern"]),
            f"{row['weight']:.3f}",
            style=style,
        )
    done = sum(status == "converged" for status in document["statuses"])
    more = document["queries"] - min(len(results), SHOWN_AT_MOST)
    rest = f"; {more:,} of the {document['queries']:,} are not shown" if more else ""
    return Group(table, Text(f"{done:,} of {document['queries']:,} queries converged{rest}.", style="dim"))


def _certificate(document: Mapping[str, Any]) -> RenderableType:
    found = document["certificate"]
    of = "" if document["queries"] == 1 else " of query 0"
    head = (f"Certified{of}: ", "bold green") if found["certified"] else (f"Not certified{of}: ", "bold yellow")
    table = Table.grid(padding=(0, 3))
    table.add_column(no_wrap=True)
    table.add_column()
    if found["certified"]:
        text = f"a minimum of E lies within {found['error_bound']:.1e} of the last state."
        table.add_row("by", Text(found["reason"]))
        table.add_row("the error shrinks", f"by a factor {found['lambda_upper']:.4g} a step, or faster")
        if found["unique_everywhere"]:
            table.add_row("no other", "there is no other fixed point at all")
        elif found["uniqueness_radius"] is not None:
            table.add_row("no other", f"fixed point lies within {found['uniqueness_radius']:.3g}")
    else:
        text = as_options(found["reason"])
    effective, count = found["effective_patterns"], document["patterns"]
    nature = _nature(effective, count, document["query_results"][0]["weight"])
    table.add_row("effective patterns", f"{effective:.4g} of {count:,}: {nature}")
    return Group(Text.assemble(head, text), table)


def _nature(effective: float, count: int, weight: float) -> str:
    if effective < ONE_PATTERN:
        return "one pattern"
    # Of two patterns, 0.7 and 0.3 are 1.84 effective ones: no mean, and possibly a minimum of the first one's own.
    return "the mean of all" if effective > 0.9 * count and weight <= MAJORITY else "a mixture"


UNTRIED = "Whether they come back was not tried: there are too many."


def _separation(found: Mapping[str, Any], count: int) -> Iterator[RenderableType]:
    lost = [row for row in found["patterns"] if row["reason"]]
    tried = found["retrieved"] is not None
    if not lost:
        checked, one = found["checked"], found["checked"] == 1
        which = all_of(count, "pattern") if checked == count else part_of(checked, count, "pattern")
        smallest = "" if found["smallest"] is None else f" (smallest Δ {found['smallest']:.4g})"
        if tried:
            how = f"{'comes' if one else 'come'} back when the iteration starts at {'it' if one else 'them'}{smallest}."
        else:
            how = f"{'stands' if one else 'stand'} apart{smallest}. With so many patterns it was not tried "
            how += "whether they come back."
        yield Text.assemble(("Separation: ", "bold"), f"{which} {how}")
        return
    table = plain_table("", ("pattern", "‖x‖", "Δ", "why it does not come back"), left=0)
    table.columns[3].justify = "left"
    for row in lost[:SHOWN_AT_MOST]:
        apart = "0" if row["tie"] else _number(row["separation"])
        table.add_row(str(row["pattern"]), f"{row['norm']:.4g}", apart, row["reason"])
    looked = "" if found["checked"] == count else f", of which {found['checked']:,} was looked at,"
    looked = looked if found["checked"] == 1 else looked.replace("was", "were")
    yield Text.assemble(
        ("Separation: ", "bold"),
        (f"{part_of(len(found['lost']), count, 'pattern')}{looked} cannot be retrieved", "yellow"),
        ", where Δ = ‖x‖² − the largest overlap with another:",
    )
    yield table
    if len(found["lost"]) > SHOWN_AT_MOST:
        yield Text(f"and {len(found['lost']) - SHOWN_AT_MOST:,} more", style="dim")
    if not tried and len(found["lost"]) < count:
        others = "With so many patterns it was not tried whether the others come back"
        yield Text(f"{others}{'' if found['checked'] == count else ', nor how far they stand apart'}.")


def _attention(found: Mapping[str, Any], document: Mapping[str, Any]) -> Iterator[RenderableType]:
    types = list(dict.fromkeys(each["dtype"] for each in found["implementations"]))
    table = plain_table("One update is one cross-attention: worst error / M", ("implementation", *types))
    cells: dict[str, dict[str, Mapping[str, Any]]] = {}
    for each in found["implementations"]:
        cells.setdefault(each["name"], {})[each["dtype"]] = each
    for name, by_type in cells.items():
        table.add_row(name, *(_error(by_type.get(dtype)) for dtype in types))
    limits = {each["dtype"]: each["tolerance"] for each in found["implementations"]}
    table.add_section()
    table.add_row("tolerance", *(scientific(limits[dtype]) for dtype in types), style="dim")
    yield table
    parts = [
        f"{found[what]:,} of {document[whole]:,} {what}{who}"
        for what, whole, who in (
            ("patterns", "patterns", ""),
            ("queries", "queries", ""),
            ("coordinates", "dimension", ", drawn at random, for MultiheadAttention"),
        )
        if found[what] < document[whole]
    ]
    if parts:
        yield Text(f"Compared on {'; '.join(parts)}.", style="yellow")
    yield Text("( ): shown, not judged. And what must not agree, on a fixed memory in float64:", style="dim")
    controls = plain_table("", ("what was done wrong", "error / M", ""))
    for control in found["controls"]:
        verdict = Text("distinguished", style="green") if control["detected"] else Text("NOT SEEN", style="bold red")
        controls.add_row(control["name"], f"{control['worst']:.3f}", verdict)
    yield controls


def _error(cell: Mapping[str, Any] | None) -> Text:
    if cell is None:
        return Text("–", style="dim")
    style = {True: "green", False: "bold red", None: "dim"}[cell["passed"]]
    worst = "no number" if cell["worst"] is None else scientific(cell["worst"])
    return Text(f"({worst})" if cell["passed"] is None else worst, style=style)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"
