from __future__ import annotations

import json
from pathlib import Path

import pytest

from dlhw.cnn.study.settings import Settings
from tests.conftest import Invoke

pytestmark = pytest.mark.usefixtures("undrawn")

FAST = ("--epochs", "1", "--threads", "1")


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three networks of the eleven, and steps that are timed twice."""
    monkeypatch.setattr("dlhw.cnn.study.settings.VARIANTS_BY_DEFAULT", ("gap", "stride", "flatten"))
    monkeypatch.setattr("dlhw.cnn.study.timing.ROUNDS", 2)


@pytest.mark.drawn
def test_a_study_prints_a_table_on_stdout_and_talks_on_stderr(invoke: Invoke, archive: Path) -> None:
    outcome = invoke("cnn", "study", "--data", archive, *FAST)
    assert outcome.code == 0
    assert "3 networks, 1 epoch each on 30 images of" in outcome.stdout
    for text in ("Pooling: does it pay", "stride 2 vs maximum", "756,742", "6.5 M", "15×15"):
        assert text in outcome.stdout
    assert "epoch  1/1" in outcome.stderr
    assert Path("runs/cnn-study/1/figures/study.png").exists()


def test_a_study_as_json(invoke: Invoke, archive: Path) -> None:
    document = json.loads(invoke("cnn", "study", "--data", archive, "--json", "--seed", "7", *FAST).stdout)
    assert (document["command"], document["seed"], document["seeds"]) == ("cnn study", 7, 1)
    assert {"version", "seconds", "run", "data", "variants", "comparisons", "figures"} <= document.keys()
    assert json.loads(Path(document["run"], "result.json").read_text()) == document


def test_a_finished_study_is_not_overwritten(invoke: Invoke, archive: Path) -> None:
    study = ("cnn", "study", "--data", archive, "--out", "study", *FAST)
    assert invoke(*study).code == 0
    again = invoke(*study)
    assert again.code == 1
    assert "already holds a run" in again.stderr
    assert invoke("cnn", "study", "--resume", "--out", "study").code == 0


def test_quick_is_fewer_images_and_epochs(invoke: Invoke, archive: Path) -> None:
    invoke("cnn", "study", "--quick", "--data", archive, "--threads", "1")
    config = json.loads(Path("runs/cnn-study/1/config.json").read_text())
    assert config["images"] == 1800
    assert config["epochs"] < Settings().epochs


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--epochs", "0"], 2, "--epochs must be 1 or more"),
        (["--seeds", "0"], 2, "--seeds must be 1 or more, got 0"),
        (["--data", "nowhere.npz"], 1, "there is nothing at nowhere.npz"),
        (["--resume", "--force"], 2, "--resume continues a run and --force starts it anew"),
        (["--resume"], 1, "there is no unfinished run"),
    ],
)
def test_bad_options_are_said(arguments: list[str], code: int, message: str, invoke: Invoke) -> None:
    outcome = invoke("cnn", "study", *arguments)
    assert outcome.code == code
    assert outcome.stdout == ""
    assert message in outcome.stderr
    assert not Path("runs").exists()
