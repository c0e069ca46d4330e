from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from dlhw.cnn import recipe
from tests.conftest import Invoke

pytestmark = pytest.mark.usefixtures("undrawn")

FAST = ("--epochs", "1", "--threads", "1")


def test_params_prints_both_networks_and_why_they_differ(invoke: Invoke) -> None:
    text = invoke("cnn", "params").stdout
    assert "5,340,742" in text
    assert "756,742" in text
    assert "seven times smaller" in text


@pytest.mark.parametrize(
    ("option", "names"), [(None, ["flatten", "gap"]), ("--gap", ["gap"]), ("--no-gap", ["flatten"])]
)
def test_params_as_json(invoke: Invoke, option: str | None, names: list[str]) -> None:
    document = json.loads(invoke("cnn", "params", "--json", *([option] if option else [])).stdout)
    assert [network["name"] for network in document["networks"]] == names
    for network in document["networks"]:
        assert network.keys() == {"name", "parameters", "macs", "flops", "layers"}
        assert network["flops"] == 2 * network["macs"] == 2 * sum(layer["macs"] for layer in network["layers"])
        for layer in network["layers"]:
            assert layer.keys() == {"name", "shape", "parameters", "macs", "receptive_field"}


@pytest.mark.drawn
def test_train_prints_a_table_on_stdout_and_talks_on_stderr(invoke: Invoke, archive: Path) -> None:
    outcome = invoke("cnn", "train", "--gap", "--data", archive, *FAST)
    assert outcome.code == 0
    assert "gap, 756,742 parameters, 1 epoch on" in outcome.stdout
    assert "report" not in outcome.stdout, "which is of forty epochs"
    assert "epoch  1/1" in outcome.stderr
    assert f"data: {archive} (30 train, 12 validation, 12 test)" in outcome.stderr
    assert Path("runs/cnn-train/1/figures/training-loss.png").exists()


def test_train_as_json(invoke: Invoke, archive: Path) -> None:
    outcome = invoke("cnn", "train", "--gap", "--data", archive, "--json", "--seed", "7", *FAST)
    document = json.loads(outcome.stdout)
    wanted = {
        "command",
        "version",
        "seed",
        "seconds",
        "run",
        "network",
        "parameters",
        "data",
        "recipe",
        "results",
        "chosen",
    }
    assert wanted <= document.keys()
    assert (document["command"], document["seed"], document["network"]) == ("cnn train", 7, "gap")
    assert {"source", "train", "validation", "test"} <= document["data"].keys()
    (result,) = document["results"]
    assert {
        "learning_rate", "seed", "status", "best_epoch", "best_validation_accuracy", "validation_accuracy",
        "test_accuracy", "best_test_accuracy", "images_per_second",
    } <= result.keys()  # fmt: skip
    assert json.loads(Path(document["run"], "result.json").read_text()) == document


def test_the_bare_network_flattens(invoke: Invoke, archive: Path) -> None:
    document = json.loads(invoke("cnn", "train", "--data", archive, "--json", *FAST).stdout)
    assert document["network"] == "flatten"
    assert document["results"][0]["learning_rate"] == 0.01


def test_a_sweep_in_which_all_diverge_is_printed_and_fails(invoke: Invoke, archive: Path) -> None:
    outcome = invoke("cnn", "train", "--gap", "--lr", "1e30", "--lr", "1e31", "--data", archive, "--json", *FAST)
    assert outcome.code == 1
    document = json.loads(outcome.stdout)
    assert document["chosen"] is None
    assert [result["status"] for result in document["results"]] == ["diverged", "diverged"]
    assert "every learning rate diverged" in outcome.stderr


def test_a_recipe_in_the_list_is_one_that_the_command_takes(
    invoke: Invoke, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(recipe.RECIPES, "gentle", replace(recipe.STRONG, learning_rate=0.05, precision="float32"))
    outcome = invoke("cnn", "train", "--gap", "--recipe", "gentle", "--data", archive, "--json", *FAST)
    assert outcome.code == 0, outcome.stderr
    document = json.loads(outcome.stdout)
    assert (document["recipe"], document["results"][0]["learning_rate"]) == ("gentle", 0.05)
    assert "homework, strong, study, gentle; “none”" in invoke("cnn", "train", "--recipe", "none").stderr


def test_several_seeds_are_a_row_a_learning_rate(invoke: Invoke, archive: Path) -> None:
    rates = ("--lr", "0.01", "--lr", "1e30")
    outcome = invoke("cnn", "train", "--gap", "--seeds", "2", *rates, "--data", archive, *FAST)
    assert outcome.code == 0
    (row,) = [line for line in outcome.stdout.splitlines() if line.startswith(" 0.01")]
    assert row.count(" ± 0.") == 4
    (row,) = [line for line in outcome.stdout.splitlines() if line.startswith(" 1e+30")]
    assert row.split()[1:5] == ["0", "of", "2", "diverged"]
    assert "over 2 seeds, without those that diverged" in outcome.stdout
    assert "learning rate 0.01, seed 43  epoch  1/1" in outcome.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--lr", "0"], 2, "--lr must be a number above 0, got 0"),
        (["--lr", "nan"], 2, "got nan"),
        (["--seeds", "0"], 2, "--seeds must be 1 or more, got 0"),
        (["--recipe", "weak"], 2, "homework, strong, study; “weak” was given"),
        (["--epochs", "0"], 2, "--epochs must be 1 or more"),
        (["--data", "nowhere.npz"], 1, "there is nothing at nowhere.npz"),
        (["--resume", "--force"], 2, "--resume continues a run and --force starts it anew"),
        (["--force"], 2, "no --out"),
        (["--resume"], 1, "there is no unfinished run"),
        (["--threads", "0"], 2, "--threads must be 1 or more"),
    ],
)
def test_bad_options_are_said(arguments: list[str], code: int, message: str, invoke: Invoke) -> None:
    outcome = invoke("cnn", "train", "--gap", *arguments)
    assert outcome.code == code
    assert outcome.stdout == ""
    assert message in outcome.stderr
    assert "Traceback" not in outcome.stderr
    assert not list(Path("runs").glob("*/*/config.json")), "no run was begun"


def test_bad_data_costs_no_run(invoke: Invoke, archive: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    assert invoke("cnn", "train", "--gap", "--data", archive, "--out", out, *FAST).code == 0
    before = (out / "result.json").read_bytes()
    assert invoke("cnn", "train", "--gap", "--data", "nowhere", "--out", out, "--force").code == 1
    assert (out / "result.json").read_bytes() == before


def test_a_finished_run_is_not_overwritten_but_extended(invoke: Invoke, archive: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    train = ("cnn", "train", "--data", archive, "--out", out, "--threads", "1", "--epochs")
    invoke(*train, "1")
    refused = invoke(*train, "1")
    assert refused.code == 1
    assert "already holds a run" in refused.stderr
    document = json.loads(invoke("cnn", "train", "--resume", "--out", out, "--epochs", "2", "--json").stdout)
    assert document["epochs"] == 2
    assert len((out / "lr0.01-seed42/metrics.jsonl").read_text().splitlines()) == 2
    fewer = invoke("cnn", "train", "--resume", "--out", out, "--epochs", "1")
    assert "another run, with --epochs 1 and the run's other options, without --resume" in " ".join(
        fewer.stderr.split()
    )
    other = invoke("cnn", "train", "--resume", "--out", out, "--gap")
    assert "was started with network flatten; got gap" in other.stderr
    assert "leave --gap out" in other.stderr
