"""``dlhw cccp`` on several ranks: what one process prints, within rounding, though none of them has all patterns."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.ranks import Ended, run_ranks

PROGRAM = """
import os
import dlhw.hopfield.memory as memory
from dlhw.cli.app import main
from dlhw.images.npz import map_rows

def seen(path, chosen):
    rows, count = map_rows(path, chosen)
    with open(f"rows-{os.environ['RANK']}", "a") as file:
        print(len(rows), file=file)
    return rows, count

memory.map_rows = seen
main()
"""

OWN = {"seconds", "certificate_seconds", "saved"}
ROUNDED = {"worst", "tolerance", "movements", "divergences"}
"""Of claim 11: differences in which rounding is all there is."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Five thousand patterns that differ in length, of which the last is the heaviest of one query."""
    rng = np.random.default_rng(3)
    X = rng.standard_normal((5003, 12)) * rng.uniform(0.5, 2, (5003, 1))
    np.save(tmp_path / "patterns.npy", X)
    np.save(tmp_path / "queries.npy", np.concatenate([X[-1:], X[:1], X[2500:2501] + 0.1, 0.1 * X[7:8]]))
    return tmp_path


def documents(ended: list[Ended]) -> dict[str, Any]:
    first, *others = ended
    assert first.code == 0, first
    assert [(one.code, one.stdout, one.stderr) for one in others] == [(0, "", "")] * len(others)
    found: dict[str, Any] = json.loads(first.stdout)
    return found


def assert_close(one: Any, other: Any, name: str = "") -> None:
    """The same keys, numbers to eleven digits, and the rest to the letter."""
    if isinstance(one, dict):
        assert one.keys() == other.keys(), name
        for key in one.keys() - OWN - ROUNDED:
            assert_close(one[key], other[key], f"{name}.{key}")
    elif isinstance(one, list):
        assert len(one) == len(other), name
        for index, (a, b) in enumerate(zip(one, other, strict=True)):
            assert_close(a, b, f"{name}[{index}]")
    elif isinstance(one, float):
        assert one == pytest.approx(other, rel=1e-11, abs=1e-13), name
    else:
        assert one == other, name


@pytest.mark.parametrize(("size", "beta"), [(2, "1.5"), (3, "0.2")])
def test_ranks_that_share_the_patterns_find_what_one_process_does(size: int, beta: str, folder: Path) -> None:
    memory = ("--patterns", "patterns.npy", "--query", "queries.npy", "--beta", beta)
    arguments = ("cccp", *memory, "--threads", str(size), "--json", "--save")
    alone = documents(run_ranks(PROGRAM, 1, folder, *arguments, "alone.npy"))
    shared = documents(run_ranks(PROGRAM, size, folder, *arguments, "shared.npy"))
    assert_close(shared, alone)
    assert shared["checks"][0]["passed"]
    np.testing.assert_allclose(np.load(folder / "shared.npy"), np.load(folder / "alone.npy"), rtol=0, atol=1e-13)
    counted = [int((folder / f"rows-{rank}").read_text().split()[-1]) for rank in range(size)]
    assert sum(counted) == 5003, "each rank has its own rows"
    assert max(counted) - min(counted) <= 1


def test_attention_is_compared_and_a_person_told_how_many_share(folder: Path) -> None:
    first, second = run_ranks(
        PROGRAM, 2, folder, "cccp", "--patterns", "patterns.npy", "--check-attention", "--progress", "plain"
    )
    assert (first.code, second.code) == (0, 0), first
    assert "5,003 × 12 · β = 0.288675 · shared by 2 ranks" in first.stderr
    assert "Compared on 4,096 of 5,003 patterns." in first.stdout
    assert "add up to the fall" in first.stdout
    assert second.stdout == second.stderr == ""


def test_what_one_rank_cannot_use_ends_all(folder: Path) -> None:
    X = np.load(folder / "patterns.npy")
    X[4000, 3] = np.nan
    np.save(folder / "patterns.npy", X)
    first, second = run_ranks(PROGRAM, 2, folder, "cccp", "--patterns", "patterns.npy")
    assert (first.code, second.code) == (1, 1)
    assert "error: rank 1: patterns.npy: row 4001 holds NaN or infinity" in first.stderr
    assert second.stderr == ""
