from __future__ import annotations

import json
from pathlib import Path

from tests.conftest import Invoke
from tests.learning.test_run_listing import make_run


def test_listing_comparing_and_pruning(tmp_path: Path, invoke: Invoke) -> None:
    first, second = make_run(tmp_path / "runs", seed=1), make_run(tmp_path / "runs", seed=2, finished=False)
    table = invoke("runs").stdout
    assert "runs/cnn-train/1" in table
    assert "validation accuracy" in table
    assert "of which --prune frees 0.0" in table
    compared = invoke("runs", first, second).stdout
    assert "settings that differ" in compared
    document = json.loads(invoke("runs", first, second, "--json").stdout)
    assert document["differences"] == {"seed": [1, 2]}
    assert [len(run["trials"]) for run in document["runs"]] == [2, 2]
    document = json.loads(invoke("runs", "--prune", "--json").stdout)
    assert document["freed"] == 3000
    assert [run["state_bytes"] for run in document["runs"]] == [0, 0]


def test_no_runs_and_no_run(tmp_path: Path, invoke: Invoke) -> None:
    outcome = invoke("runs")
    assert (outcome.code, outcome.stdout) == (0, "no runs under runs\n")
    outcome = invoke("runs", tmp_path)
    assert outcome.code == 1
    assert "is not a run directory" in outcome.stderr
