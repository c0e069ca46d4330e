"""``dlhw info``."""

from __future__ import annotations

import json
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest
import torch

from dlhw import __version__
from dlhw.ocr import pretrained
from dlhw.report import installation
from tests.conftest import Invoke


def test_the_list_names_versions_machine_and_weights(invoke: Invoke) -> None:
    document = json.loads(invoke("info", "--json").stdout)
    assert document["versions"]["dlhw"] == __version__
    assert document["versions"]["torch"] == torch.__version__.partition("+")[0]
    assert {"rich", "typer", "safetensors", "wordfreq"} <= document["versions"].keys()
    assert document["threads"] == torch.get_num_threads()
    assert set(document["weights"].values()) == {"whole"}
    table = invoke("info").stdout
    assert "weights reader" in table
    assert str(Path.home()) not in table.replace("~", "")


def test_packages_of_extras_are_listed_with_their_versions_or_as_not_installed(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    def version(name: str) -> str:
        if name == "onnx":
            raise PackageNotFoundError(name)
        return "1.2.3"

    monkeypatch.setattr(installation, "version", version)
    extras = json.loads(invoke("info", "--json").stdout)["extras"]
    assert extras.keys() == {"kagglehub", "onnx", "onnxruntime", "onnxscript", "tensorboard"}
    assert (extras["onnx"], extras["kagglehub"]) == (None, "1.2.3")
    rows = [line.split() for line in invoke("info").stdout.splitlines()]
    assert ["onnx", "not", "installed"] in rows
    assert ["tensorboard", "1.2.3"] in rows


def test_damaged_weights_are_named(invoke: Invoke, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "weights"
    folder.mkdir()
    (folder / "checksums.json").write_text((pretrained.FOLDER / "checksums.json").read_text())
    (folder / "reader.safetensors").write_bytes(b"cut short")
    monkeypatch.setattr(pretrained.pretrained, "__kwdefaults__", {"folder": folder})
    weights = json.loads(invoke("info", "--json").stdout)["weights"]
    assert "damaged" in weights["reader"]
    assert "lacks" in weights["attention"]


def test_variables_that_change_threads_are_told(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert json.loads(invoke("info", "--json").stdout)["variables"]["OMP_NUM_THREADS"] == "3"
