"""Question 2.4 on the page: why small kernels, why pooling."""

from __future__ import annotations

from dlhw.report.section import Row, Section, Table
from dlhw.report.workplace import Workplace

CHANNELS = 64


def small_kernels(at: Workplace) -> Section:
    """2.4: small kernels and pooling."""
    at.tell("counting kernels")
    pairs = [(2, 5), (3, 7)]
    rows = []
    for count, side in pairs:
        small, large = count * (CHANNELS**2 * 9 + CHANNELS), CHANNELS**2 * side**2 + CHANNELS
        rows.append((f"{count} × 3×3 against {side}×{side}", f"{side}×{side}", f"{small:,}", f"{large:,}"))
    return Section(
        rows=(Row(quantity="Small kernels and pooling", reported="argued", ours="counted"),),
        command="dlhw cnn params",
        data="Counted.",
        tables=(Table(caption="Kernels.", columns=("kernels", "sees", "small", "large"), rows=tuple(rows)),),
    )
