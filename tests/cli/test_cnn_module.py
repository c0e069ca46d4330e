"""``--module`` of ``dlhw cnn train``, ``eval`` and ``predict``: a network of a person's own."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
import torch
from PIL import Image

from dlhw.learning.trial_folder import METRICS
from tests.conftest import Invoke

pytestmark = pytest.mark.usefixtures("forked_files", "undrawn")

NETWORK = """
import torch
from torch import nn
print("noise")
class Network(nn.Module):
    def __init__(self, classes=6):
        super().__init__()
        self.layers = nn.Sequential(nn.Conv2d(3, 4, 3, stride=4), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten())
        self.last = nn.LazyLinear(classes) if classes == "lazy" else nn.Linear(4 * 12 * 12, classes)
    def forward(self, images):
        return self.last(self.layers(images))
"""
FAST = ("--threads", "1", "--epochs", "2", "--recipe", "strong")


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "mine.py"
    path.write_text(NETWORK)
    return path


@pytest.mark.drawn
def test_it_is_trained_measured_and_loaded_again(mine: Path, invoke: Invoke, archive: Path) -> None:
    outcome = invoke("cnn", "train", "--module", "mine.py:Network(6)", "--data", archive, "--json", *FAST)
    document = json.loads(outcome.stdout)
    assert (outcome.code, document["network"], document["parameters"]) == (0, "mine.py:Network(6)", 3582)
    assert document["module"]["sha256"] == hashlib.sha256(mine.read_bytes()).hexdigest()
    assert "executing mine.py:Network(6)" in outcome.stderr
    assert Path("runs/cnn-train/1/network.py").read_text() == NETWORK

    refused = invoke("cnn", "eval")
    assert (refused.code, refused.stdout) == (1, "")
    assert "holds the weights of mine.py:Network(6), whose code no checkpoint contains" in refused.stderr
    assert "name it with --module, which is executed: 'runs/cnn-train/1/network.py:Network(6)'" in refused.stderr
    mine.unlink()
    copy = "runs/cnn-train/1/network.py:Network(6)"
    measured = json.loads(invoke("cnn", "eval", "--module", copy, "--json").stdout)
    assert measured["accuracy"]["value"] == document["results"][0]["best_test_accuracy"]
    Image.new("RGB", (60, 50), "blue").save("sky.png")
    seen = json.loads(invoke("cnn", "predict", "sky.png", "--module", copy, "--json").stdout)
    assert seen["images"][0]["label"] in seen["classes"]
    explained = json.loads(invoke("cnn", "explain", "--module", copy, "--out", "drawn", "--json").stdout)
    assert [Path(figure).name for figure in explained["figures"]] == ["grad-cam.png", "mistakes.png"]
    assert {row["label"] for row in explained["images"]} <= set(seen["classes"])
    assert (explained["feature_maps"], explained["mistakes"]["images"]) == (None, 12)
    assert invoke("cnn", "export").code == 1, "its code is no part of the checkpoint"
    exported = json.loads(invoke("cnn", "export", "--module", copy, "--json").stdout)
    assert exported["files"][0]["path"] == "exported/mine.py-Network-6.pt2"
    assert exported["metadata"]["network"] == "mine.py:Network(6)"
    again = torch.export.load("exported/mine.py-Network-6.pt2").module()
    image = torch.tensor([0, 0, 255], dtype=torch.uint8).expand(1, 48, 48, 3)
    assert again(image).argmax().item() == seen["classes"].index(seen["images"][0]["label"])


def test_explain_refuses_a_network_without_a_convolution(mine: Path, invoke: Invoke, archive: Path) -> None:
    mine.write_text("from torch import nn\ndef network(): return nn.Sequential(nn.Flatten(), nn.Linear(6912, 6))\n")
    assert invoke("cnn", "train", "--module", "mine.py:network", "--data", archive, *FAST).code == 0
    outcome = invoke("cnn", "explain", "--module", "mine.py:network")
    assert (outcome.code, outcome.stdout) == (1, "")
    assert "Sequential has no convolution to look at" in outcome.stderr
    assert "an nn.Conv2d whose maps have more than one place" in " ".join(outcome.stderr.split())


def test_a_resumed_run_is_the_uninterrupted_one_and_needs_the_file_again(
    mine: Path, invoke: Invoke, archive: Path
) -> None:
    module = ("--module", "mine.py:Network")
    first = invoke("cnn", "train", *module, "--data", archive, "--threads", "1", "--epochs", "1")
    whole = invoke("cnn", "train", *module, "--data", archive, "--threads", "1", "--epochs", "2", "--out", "long")
    assert first.code == whole.code == 0
    mine.write_text(NETWORK + "# edited\n")
    unnamed = invoke("cnn", "train", "--resume", "--epochs", "2", "--out", "runs/cnn-train/1")
    assert unnamed.code == 2
    assert "name --module runs/cnn-train/1/network.py:Network" in unnamed.stderr
    edited = invoke("cnn", "train", "--resume", "--epochs", "2", *module, "--out", "runs/cnn-train/1")
    assert edited.code == 2
    assert "was started with --module mine.py:Network" in edited.stderr
    copy = "runs/cnn-train/1/network.py:Network"
    again = invoke("cnn", "train", "--resume", "--epochs", "2", "--module", copy, "--out", "runs/cnn-train/1")
    assert again.code == 0, again.stderr
    rows = [
        [
            {key: row[key] for key in row if "second" not in key}
            for row in map(json.loads, path.read_text().splitlines())
        ]
        for path in (Path("long/lr0.01-seed42") / METRICS, Path("runs/cnn-train/1/lr0.01-seed42") / METRICS)
    ]
    assert rows[0] == rows[1]


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("Network(5)", "for two images it returns the shape (2, 5), and (2, 6) was expected, and the images are of 6"),
        ("Other", "there is no Other in it; it has Network"),
        ("Network('lazy', 3)", "TypeError"),
        ("torch.nn.Flatten", "for two images it returns the shape (2, 6912)"),
    ],
)
def test_what_cannot_be_trained_costs_no_run(
    mine: Path, invoke: Invoke, archive: Path, expression: str, message: str
) -> None:
    outcome = invoke("cnn", "train", "--module", f"mine.py:{expression}", "--data", archive, *FAST)
    assert (outcome.code, outcome.stdout) == (1, "")
    assert message in " ".join(outcome.stderr.split())
    assert not Path("runs").exists()


def test_an_error_in_the_middle_of_training_is_theirs(mine: Path, invoke: Invoke, archive: Path) -> None:
    mine.write_text(NETWORK.replace("return self.last", "assert len(images) in (2, 8)\n        return self.last"))
    outcome = invoke(
        "cnn", "train", "--module", "mine.py:Network", "--data", archive, "--threads", "1", "--epochs", "1"
    )
    assert outcome.code == 1
    assert "the traceback is from network.py, not from dlhw:" in outcome.stderr
    assert "assert len(images) in (2, 8)" in outcome.stderr
    assert "error: network.py: training Network: AssertionError" in outcome.stderr


def test_module_and_gap_are_one_too_many(mine: Path, invoke: Invoke) -> None:
    assert invoke("cnn", "train", "--module", "mine.py:Network", "--gap").code == 2


@pytest.mark.usefixtures("forked_trials")
def test_several_trainings_run_beside_each_other(mine: Path, invoke: Invoke, archive: Path) -> None:
    outcome = invoke(
        "cnn", "train", "--module", "mine.py:Network", "--data", archive, "--seeds", "2", "--threads", "2",
        "--epochs", "1", "--json",
    )  # fmt: skip
    assert outcome.code == 0, outcome.stderr
    assert len(json.loads(outcome.stdout)["results"]) == 2
