"""What the commands of Question 1 show, from their JSON documents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from dlhw.console.tables import plain_table


def energy_result(document: Mapping[str, Any]) -> Iterator[RenderableType]:
    """The state and the table of claims of ``dlhw energy``."""
    yield state_table(document)
    yield Text()
    yield claims_table(document["checks"])
    checked = f"{4 + document['trials']:,} memories"
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


def state_table(document: Mapping[str, Any]) -> Table:
    """E and its parts at the state that a document describes."""
    table = Table.grid(padding=(0, 3))
    table.title = f"{document['patterns']:,} patterns × {document['dimension']:,}, β = {document['beta']:.6g}"
    table.title_justify, table.title_style = "left", "bold"
    for justify in ("left", "right", "left"):
        table.add_column(justify=justify)
    eigenvalues = document["hessian_eigenvalues"]
    for name, value, formula in (
        ("energy E", document["energy"], "E₁ + E₂"),
        ("convex part E₁", document["convex_part"], "½q·q + β⁻¹ log N + ½M²"),
        ("concave part E₂", document["concave_part"], "−lse(q)"),
        ("gradient ‖∇E‖", document["gradient_norm"], "‖q − Xᵀ softmax(βXq)‖"),
    ):
        table.add_row(
            name, f"{value:.6f}" if 1e-3 < abs(value) < 1e6 else scientific(value), Text(formula, style="dim")
        )
    if eigenvalues:
        span = f"{eigenvalues['smallest']:.4f} … {eigenvalues['largest']:.4f}"
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


def scientific(value: float) -> str:
    """Two digits and the power of ten; zero is ``0``."""
    return "0" if value == 0 else f"{value:.1e}"


def figures_line(document: Mapping[str, Any]) -> Iterator[RenderableType]:
    if document.get("figures"):
        yield Text("pictures: " + ", ".join(document["figures"]), style="dim")
