"""A file of a run is damaged: the message names it, and its hint, followed, brings back what was there."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from dlhw.learning.checkpoint import load_checkpoint
from tests.conftest import Invoke

pytestmark = pytest.mark.usefixtures("undrawn")

TRIAL = "lr0.01-seed42"


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The run that the first test trains."""
    return {}


@pytest.fixture
def run(invoke: Invoke, archive: Path, tmp_path: Path, trained: dict[str, Path]) -> Path:
    """A finished run of two epochs."""
    if not trained:
        options = ("--data", archive, "--epochs", "2", "--threads", "1", "--progress", "none", "--out", "run")
        assert invoke("cnn", "train", *options).code == 0
        trained["run"], trained["data"] = tmp_path / "run", archive
    else:
        shutil.copytree(trained["run"], tmp_path / "run")
    return tmp_path / "run"


def content(run: Path) -> tuple[Any, ...]:
    """The results of a run, without times."""
    results = json.loads((run / "result.json").read_text())["results"]
    weights = load_checkpoint(run / TRIAL / "best.safetensors", kind="weights")[0]
    rows = [json.loads(line)["train_loss"] for line in (run / TRIAL / "metrics.jsonl").read_text().splitlines()]
    accuracy = [result["test_accuracy"] for result in results]
    return {name: tensor.tolist() for name, tensor in weights.items()}, rows, accuracy


@pytest.mark.parametrize(
    ("name", "deleted"),
    [
        ("environment.json", ()),
        ("result.json", ()),
        (f"{TRIAL}/outcome.json", ()),
        (f"{TRIAL}/metrics.jsonl", (f"{TRIAL}/outcome.json",)),
        (f"{TRIAL}/best.safetensors", (f"{TRIAL}/outcome.json",)),
    ],
)
def test_the_hint_brings_back_what_was_there(name: str, deleted: tuple[str, ...], run: Path, invoke: Invoke) -> None:
    before = content(run)
    (run / name).write_bytes(b"{" + (run / name).read_bytes()[10:-10] + b"\n")
    again = ("cnn", "train", "--resume", "--out", "run", "--progress", "none")
    reading = ("cnn", "eval", "--checkpoint", "run") if name.endswith("best.safetensors") else again
    damaged = invoke(*reading)
    if name != "result.json":  # which is written anew without being read
        assert damaged.code == 1
        assert name.split("/")[-1] in damaged.stderr
        assert all(Path(other).name in damaged.stderr for other in deleted)
        assert "--resume" in damaged.stderr
    for one in (name, *deleted):
        (run / one).unlink()
    assert invoke(*again).code == 0
    assert content(run) == before


def test_a_state_that_is_damaged_costs_the_training_and_not_the_weights(run: Path, invoke: Invoke) -> None:
    state, longer = run / TRIAL / "state.safetensors", ("cnn", "train", "--resume", "--out", "run", "--epochs", "3")
    state.write_bytes(state.read_bytes()[:-1000])
    damaged = invoke(*longer, "--progress", "none")
    assert damaged.code == 1
    assert f"{TRIAL}/best.safetensors still works" in damaged.stderr
    assert invoke("cnn", "eval", "--checkpoint", "run").code == 0
    state.unlink()
    assert invoke(*longer, "--progress", "none").code == 0


def test_a_configuration_that_is_damaged_leaves_the_weights(run: Path, invoke: Invoke) -> None:
    config = run / "config.json"
    config.write_text(config.read_text().replace('"epochs": 2', '"epochs": "2"'))
    damaged = invoke("cnn", "train", "--resume", "--out", "run")
    assert damaged.code == 1
    assert "`$.epochs`" in damaged.stderr
    assert "best.safetensors, work as a --checkpoint" in damaged.stderr
