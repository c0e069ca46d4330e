"""What the commands of Question 1 show, from their JSON documents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from dlhw.console.tables import plain_table
from dlhw.plurals import counted

SHOWN_AT_MOST = 12
"""Queries in a table."""


def energy_result(document: Mapping[str, Any]) -> Iterator[RenderableType]:
    """The state and the table of claims of ``dlhw energy``."""
    yield state_table(document)
    yield Text()
    if document["queries"] > 1:
        yield from _queries(document)
        yield Text()
    yield claims_table(document["checks"])
    checked = f"{4 + document['trials']:,} memories"
    if document["checked_queries"] < document["queries"]:
        checked += f", the first {document['checked_queries']} of {document['queries']:,} queries among them"
    if document["passed"]:
        yield Text(f"All claims hold at every point they were checked at, on {checked}.", style="green")
    else:
        failed = sum(not check["passed"] for check in document["checks"])
        yield Text(f"{failed} of {len(document['checks'])} claims do not hold, on {checked}.", style="red")
    yield Text(
        "A tolerance is what rounding may do at the point of the worst error. Numbers test a proof; they replace none.",
        style="dim",
    )
    yield from figures_line(document)


def _queries(document: Mapping[str, Any]) -> Iterator[RenderableType]:
    """Energy and gradient of every query; the state above is that of the first."""
    table = plain_table("Queries", ("query", "E", "E₁", "E₂", "‖∇E‖"))
    shown = document["query_results"][:SHOWN_AT_MOST]
    for row in shown:
        energy = beyond(row["energy"], row["energy_rounding"])
        values = (energy, row["convex_part"], row["concave_part"], row["gradient_norm"])
        table.add_row(str(row["query"]), *(decimal(value) for value in values))
    yield table
    more = document["queries"] - len(shown)
    if more:
        yield Text(f"and {more:,} more; --json has the first {len(document['query_results'])}", style="dim")


def first_of_several(document: Mapping[str, Any]) -> str:
    """Which query is shown in full, where there are several."""
    return f"query 0 of {document['queries']:,}" if document["queries"] > 1 else ""


def state_table(document: Mapping[str, Any]) -> Table:
    """E and its parts at the state that a document describes."""
    which = first_of_several(document)
    table = Table.grid(padding=(0, 3))
    table.title = f"{counted(document['patterns'], 'pattern')} × {document['dimension']:,}, β = {document['beta']:.6g}"
    table.title += f", {which}" if which else ""
    table.title += f", with the mistake {document['mutation']}" if document.get("mutation") else ""
    table.title_justify, table.title_style = "left", "bold"
    for justify in ("left", "right", "left"):
        table.add_column(justify=justify)
    eigenvalues = document["hessian_eigenvalues"]
    for name, value, formula in (
        ("energy E", beyond(document["energy"], document["energy_rounding"]), "E₁ + E₂"),
        ("convex part E₁", document["convex_part"], "½q·q + β⁻¹ log N + ½M²"),
        ("concave part E₂", document["concave_part"], "−lse(q)"),
        ("gradient ‖∇E‖", document["gradient_norm"], "‖q − Xᵀ softmax(βXq)‖"),
    ):
        table.add_row(name, decimal(value), Text(formula, style="dim"))
    if eigenvalues:
        # Adding zero takes the sign off a zero: "-0.0000" would read as a negative curvature.
        span = f"{round(eigenvalues['smallest'], 4) + 0.0:.4f} … {round(eigenvalues['largest'], 4) + 0.0:.4f}"
        table.add_row("eigenvalues of H(E)", span, Text("1 − those of βXᵀPX", style="dim"))
    return table


def claims_table(checks: Iterable[Mapping[str, Any]]) -> Table:
    """A row for each claim: what it says, how often it was checked, how far it was missed, and may be."""
    table = plain_table("", ("", "claim", "points", "worst", "tolerance", ""), left=2)
    for check in checks:
        worst = "no number" if check["worst"] is None else scientific(check["worst"])
        verdict = Text("holds", style="green") if check["passed"] else Text("FAILS", style="bold red")
        table.add_row(
            check["id"], check["claim"], f"{check['points']:,}", worst, scientific(check["tolerance"]), verdict
        )
    return table


def beyond(value: float, rounding: float) -> float:
    """The value, or zero where it is no more than what rounding may do to it: E ≥ 0 shall not show as −7e-15."""
    return value if abs(value) > rounding else 0.0


def decimal(value: float) -> str:
    """Six decimals, or two digits and the power of ten where these would show only zeros."""
    return f"{value:.6f}" if 1e-3 < abs(value) < 1e6 else scientific(value)


def scientific(value: float) -> str:
    """Two digits and the power of ten; zero is ``0``."""
    return "0" if value == 0 else f"{value:.1e}"


def figures_line(document: Mapping[str, Any]) -> Iterator[RenderableType]:
    if document.get("figures"):
        yield Text("images: " + ", ".join(document["figures"]), style="dim")
