"""Runs that dlhw 0.1 left before there was one engine for all of them: resumed, they end in the same documents.

The folders in ``begun_runs`` were written by the commands of that version (their weights and paths were removed), and
``expected.json`` is what it printed.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from dlhw.cnn.experiment import Source
from dlhw.cnn.study.study import Study
from dlhw.cnn.sweep import Sweep
from dlhw.learning.device import Compute
from dlhw.learning.training import Training
from dlhw.ocr.experiment import WordExperiment
from dlhw.ocr.training_dataset import Request
from tests.end_to_end.begun import write_landscapes, write_words

HERE = {"run", "figures", "device", "seconds", "version", "step"}
"""Keys of documents whose values depend on where and how fast it was concluded."""

KINDS: dict[str, type[Training[Any, Any, Any]]] = {
    "cnn-train": Sweep,
    "cnn-study": Study,
    "ocr-train": WordExperiment,
}


def comparable(document: Any) -> Any:
    """The document without what differs from machine to machine."""
    if isinstance(document, dict):
        return {name: comparable(value) for name, value in document.items() if name not in HERE}
    return [comparable(value) for value in document] if isinstance(document, list) else document


def request(name: str, folder: Path) -> Any:
    if name == "ocr-train":
        write_words(folder / "words")
        return Request(data=Path("words"))
    write_landscapes(folder / "landscapes.npz")
    return Source(path=Path("landscapes.npz"))  # as it was called then, which the document says


def copied(name: str, folder: Path) -> Path:
    return Path(shutil.copytree(Path(__file__).parent / "begun_runs" / name, folder / name))


@pytest.mark.parametrize("name", KINDS)
def test_a_run_begun_before_is_concluded_as_then(
    name: str, tmp_path: Path, compute: Compute, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = copied(name, tmp_path)
    expected = json.loads((run / "expected.json").read_text())
    with KINDS[name].resume({}, request(name, tmp_path), compute, out=run) as experiment:
        document = experiment.conclude(experiment.train(), seconds=1.0)
    assert expected.keys() <= document.keys(), "keys are added, and never taken away"
    assert comparable({key: document[key] for key in expected}) == comparable(expected)
    assert json.loads((run / "result.json").read_text()) == document


def test_a_trial_that_is_missing_is_trained_beside_those_that_ended(
    tmp_path: Path, compute: Compute, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = copied("cnn-study", tmp_path)
    expected = json.loads((run / "stride-seed42" / "outcome.json").read_text())
    shutil.rmtree(run / "stride-seed42")
    kept = (run / "gap-seed42" / "outcome.json").read_bytes()
    with Study.resume({}, request("cnn-study", tmp_path), compute, out=run) as study:
        outcomes = {outcome["variant"]: outcome for outcome in study.train()}
    assert (run / "gap-seed42" / "outcome.json").read_bytes() == kept
    assert outcomes["stride"].keys() == expected.keys()
    assert outcomes["stride"]["train_loss"] == pytest.approx(expected["train_loss"], rel=1e-3)
