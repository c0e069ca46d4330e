from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from dlhw.console.tables import Items, path_cell, plain_table, probability, signed, signed_interval


@pytest.mark.parametrize(
    ("p", "at_limit", "shown"),
    [
        (None, False, "–"),
        (0.0312, False, "0.031"),
        (1.0, False, "1.000"),
        (2 / 1001, True, "≤0.002"),
        (6e-5, True, "≤6e-05"),
    ],
)
def test_p_says_where_resampling_ends(p: float | None, at_limit: bool, shown: str) -> None:
    assert probability(p, at_limit=at_limit) == shown


def test_differences_have_a_sign() -> None:
    assert (signed(0.01), signed(-0.01), signed(None)) == ("+0.0100", "−0.0100", "–")
    assert signed_interval({"low": -0.5, "high": 0.25}) == "−0.5000 … +0.2500"
    assert signed_interval({"low": None, "high": None}) == ""


def test_a_list_says_what_a_bare_number_at_its_head_is() -> None:
    table = plain_table("Steps", ["step", "energy", "fall"])
    table.add_row("1,003", "16.60069033", "5.412e-10")
    table.add_row("0.1 ◀ chosen", "16.60069033", "·")
    console = Console(width=24, file=StringIO())
    console.print(table)
    assert isinstance(console.file, StringIO)
    lines = [line.rstrip() for line in console.file.getvalue().splitlines()]
    assert lines == [
        *("Steps", "step 1,003", "  energy 16.60069033", "  fall 5.412e-10"),
        *("step 0.1 ◀ chosen", "  energy 16.60069033"),
    ], "and a dot stands for nothing"


@pytest.mark.parametrize("width", range(27, 90, 7))
def test_no_word_and_no_number_is_cut_at_any_width(width: int) -> None:
    table = plain_table("", ["layer", "what it does", "trained parameters"], left=2)
    table.add_row("blocks.0.normalization", "subtracts the mean of a batch, divides by its deviation", "5,340,742")
    table.add_row("pooling", "takes the maximum", "–")
    console = Console(width=width, file=StringIO())
    console.print(table)
    assert isinstance(console.file, StringIO)
    words = console.file.getvalue().split()
    assert {"blocks.0.normalization", "subtracts", "deviation", "5,340,742", "maximum", "parameters"} <= {*words}


@pytest.mark.parametrize("width", range(20, 90, 3))
def test_columns_of_numbers_keep_their_headings(width: int) -> None:
    table = plain_table("", ["learning rate", "validation", "test", "best validation", "test at best", "images/s"])
    table.add_row("0.01", "0.5123", "0.5234", "0.5345 @ 10", "0.5456", "112")
    console = Console(width=width, file=StringIO())
    console.print(table)
    assert isinstance(console.file, StringIO)
    words = console.file.getvalue().split()
    assert {"0.01", "0.5123", "0.5234", "0.5345", "10", "0.5456", "112"} <= {*words}
    assert {"learning", "validation", "test", "best", "images/s"} <= {*words}
    assert all(len(line) <= width for line in console.file.getvalue().splitlines())


@pytest.mark.parametrize("width", range(12, 90, 3))
def test_what_belongs_together_is_on_one_line(width: int) -> None:
    table = plain_table("", ["image", "otherwise"], left=2)
    pairs = ["street 0.072", "sea 0.011", "mountain 0.004"]
    table.add_row("12.png", Items(pairs))
    console = Console(width=width, file=StringIO())
    console.print(table)
    console.print(Items(pairs).after("most "))
    assert isinstance(console.file, StringIO)
    lines = console.file.getvalue().splitlines()
    for pair in pairs:
        assert sum(pair in line for line in lines) == 2 or width < len(pair) + len("  otherwise ")
    if width >= 60:
        assert "   ".join(pairs) in lines[-1]


@pytest.mark.parametrize("width", range(24, 90, 3))
def test_a_path_is_broken_at_its_separators(width: int) -> None:
    table = plain_table("", ["image", "text", "probability"], left=2)
    path = "scans/of the second week/batch-17/000003.png"
    table.add_row(path_cell(path), "TRANSFERRING", "0.993")
    console = Console(width=width, file=StringIO())
    console.print(table)
    assert isinstance(console.file, StringIO)
    lines = console.file.getvalue().splitlines()
    assert all(len(line) <= width for line in lines)
    for part in ("scans/", "second", "week/", "batch-17/", "000003.png"):
        assert sum(part in line for line in lines) == 1, "it is whole"
