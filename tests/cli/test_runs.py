from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path

import pytest

from dlhw.learning.files import write_json
from dlhw.report.scale import QUESTIONS
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


def test_of_a_reproduction_the_parts_are_counted(tmp_path: Path, invoke: Invoke) -> None:
    folder = tmp_path / "runs/reproduce/1"
    (folder / "parts").mkdir(parents=True)
    write_json(folder / "config.json", {"command": "reproduce"})
    for question in QUESTIONS[:3]:
        write_json(folder / f"parts/{question}.json", {})
    assert "unfinished   –           3 of 10" in invoke("runs").stdout
    for question in QUESTIONS:
        write_json(folder / f"parts/{question}.json", {})
    assert "unfinished   –           10 of 10" in invoke("runs").stdout, "there is no page yet"
    write_json(folder / "report.json", {"parts": [{"question": one, "status": "done"} for one in QUESTIONS]})
    (listed,) = json.loads(invoke("runs", "--json").stdout)["runs"]
    assert (listed["status"], len(listed["trials"]), listed["trials_asked"]) == ("finished", 10, 10)


def test_a_reproduction_of_some_parts_is_finished_with_these(invoke: Invoke) -> None:
    assert invoke("reproduce", "--only", "2.3", "--only", "1.1").code == 0
    (listed,) = json.loads(invoke("runs", "--json").stdout)["runs"]
    assert (listed["status"], listed["trials_asked"]) == ("finished", 2)
    assert "finished   –           2 of 2" in invoke("runs").stdout
    page = Path("runs/reproduce/1/report.json")
    document = json.loads(page.read_text())
    next(part for part in document["parts"] if part["question"] == "2.1")["status"] = "failed"
    page.write_text(json.dumps(document))
    (listed,) = json.loads(invoke("runs", "--json").stdout)["runs"]
    assert (listed["status"], listed["trials_asked"]) == ("unfinished", 2)
    page.write_text("{")
    assert "unfinished   –           2 of 2" in invoke("runs").stdout
    config = Path("runs/reproduce/1/config.json")
    noted = json.loads(config.read_text())
    assert noted["only"] == ["1.1", "2.3"]
    write_json(config, noted | {"only": ["1.1", "2.1", "2.3"]})
    assert "unfinished   –           2 of 3" in invoke("runs").stdout, "as after a Ctrl-C within 2.1"
    del noted["only"]
    write_json(config, noted)
    assert "unfinished   –           2 of 10" in invoke("runs").stdout, "an earlier dlhw did not note it"
    assert invoke("reproduce", "--only", "2.3").code == 0
    assert "finished   –           2 of 2" in invoke("runs").stdout, "what was there counts on"


@pytest.mark.parametrize(("several", "count"), [(("--lr", "0.1", "--lr", "0.01", "--lr", "0.001"), 3), ((), 1)])
def test_a_stop_counts_all_trainings(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch, several: tuple[str, ...], count: int
) -> None:
    monkeypatch.setattr("dlhw.cli.training.stop_requests", lambda **_: nullcontext(lambda: 2))
    stopped = invoke("cnn", "train", *several, "--epochs", "2", "--threads", "1")
    assert stopped.code == 130
    assert ("0 of 3 trainings have ended" in " ".join(stopped.stderr.split())) == (count == 3)
    assert f"0 of {count} " in invoke("runs").stdout


def test_no_runs_and_no_run(tmp_path: Path, invoke: Invoke) -> None:
    outcome = invoke("runs")
    assert (outcome.code, outcome.stdout) == (0, "no runs under runs\n")
    outcome = invoke("runs", tmp_path)
    assert outcome.code == 1
    assert "is not a run directory" in outcome.stderr
