from __future__ import annotations

import json
from pathlib import Path

import pytest

from dlhw.cnn.intel import intel_folder
from tests.cnn.kaggle import Kaggle, downloaded_set
from tests.conftest import Invoke


@pytest.fixture
def kaggle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kaggle:
    double = Kaggle(downloaded_set(tmp_path / "came"))
    double.install(monkeypatch)
    return double


def test_fetch_then_train(kaggle: Kaggle, invoke: Invoke) -> None:
    outcome = invoke("cnn", "fetch")
    assert outcome.code == 0
    assert "24 images to learn from and 12 to test fetched" in outcome.stdout
    assert "no licence to pass them on is known" in outcome.stdout
    assert "dlhw cnn train --gap --data intel\n" in outcome.stdout
    assert "dlhw cnn train --gap --data intel48\n" in outcome.stdout
    trained = invoke("cnn", "train", "--gap", "--data", "intel", "--epochs", "1", "--threads", "1", "--json")
    assert json.loads(trained.stdout)["data"]["test"] == 12
    config = json.loads(Path("runs/cnn-train/1/config.json").read_text())
    assert config["data"]["path"] == json.loads(invoke("cnn", "fetch", "--json").stdout)["folder"]
    looked = invoke("cnn", "eval", "--data", "intel", "--json")
    assert json.loads(looked.stdout)["images"] == 12


def test_fetch_as_json(kaggle: Kaggle, invoke: Invoke) -> None:
    outcome = invoke("cnn", "fetch", "--json")
    document = json.loads(outcome.stdout)  # stdout is the document alone
    assert document["command"] == "cnn fetch"
    assert document["downloaded"] is True
    assert document["data"]["train"] + document["data"]["validation"] == 24
    assert "kagglehub talks on stdout" in outcome.stderr
    assert json.loads(invoke("cnn", "fetch", "--json").stdout)["downloaded"] is False


def test_without_the_part_that_is_measured_on_it_is_said(kaggle: Kaggle, invoke: Invoke) -> None:
    image = kaggle.came / "seg_train/seg_train/sea/10.jpg"
    image.rename(image.with_name("11.jpg"))
    outcome = invoke("cnn", "fetch", "--json")
    assert outcome.code == 0
    assert json.loads(outcome.stdout)["intel48"] is None
    assert "warning: --data intel48 could not be made: 1 of the train images of intel48 are missing" in outcome.stderr
    assert "dlhw cnn fetch" in invoke("cnn", "train", "--data", "intel48").stderr


def test_intel_before_it_is_fetched_is_said(invoke: Invoke) -> None:
    outcome = invoke("cnn", "train", "--gap", "--data", "intel")
    assert outcome.code == 1
    assert "the Intel images are not here yet" in outcome.stderr
    assert "dlhw cnn fetch downloads them" in outcome.stderr
    assert not Path("runs").exists()


def test_ctrl_c_in_the_middle_leaves_nothing_half_done(kaggle: Kaggle, invoke: Invoke) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    kaggle.fails = interrupted
    outcome = invoke("cnn", "fetch")
    assert outcome.code == 130
    assert outcome.stdout == ""
    assert not intel_folder().exists()
