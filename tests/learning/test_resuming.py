from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from dlhw.errors import RunError
from dlhw.learning.device import Compute, environment
from dlhw.learning.resuming import asked_to_change, compute_as_before, precision_as_before
from dlhw.learning.run import Run, start_run

HERE = Compute(device=torch.device("cpu"), threads=1, deterministic=False)


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    with start_run("cnn-train", out=tmp_path / "run") as run:
        yield run


def trained(run: Run, **where: Any) -> None:
    run.write_environment(environment(HERE) | {"threads": 3} | where)


def test_what_was_asked_for_is_not_kept() -> None:
    assert asked_to_change("auto", None) == []
    assert asked_to_change("cuda", 2) == ["device", "threads"]


def test_a_new_run_is_trained_as_this_process_would(run: Run) -> None:
    assert compute_as_before(run, HERE) == HERE
    assert precision_as_before(run, "bfloat16", HERE) == "bfloat16"
    assert precision_as_before(run, "float32", HERE) == "float32"


def test_a_run_keeps_threads_and_determinism(run: Run) -> None:
    trained(run, deterministic=True)
    expected = Compute(device=HERE.device, threads=3, deterministic=True)
    assert compute_as_before(run, HERE) == expected
    assert compute_as_before(run, HERE, changed=["device"]) == expected
    assert compute_as_before(run, HERE, changed=["threads"]).threads == 1


def test_a_run_keeps_its_synchronized_batch_normalisation_on_gpus(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    trained(run, device="cuda:0", sync_batchnorm=True)
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    assert compute_as_before(run, HERE).sync_batchnorm
    assert not compute_as_before(run, HERE, changed=["device"]).sync_batchnorm, "the CPU was asked for, which has none"


@pytest.mark.parametrize("name", ["cuda", "cuda:0"])
def test_a_run_keeps_its_device(run: Run, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    trained(run, device=name)
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    assert compute_as_before(run, HERE).device.type == "cuda"
    assert compute_as_before(run, HERE, changed=["device"]).device.type == "cpu", "asked for"
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(RunError, match="was trained on cuda, which is not available") as refused:
        compute_as_before(run, HERE)
    assert "`device` cpu" in refused.value.hint
    assert compute_as_before(run, HERE, changed=["device"]).device.type == "cpu"


def test_a_run_keeps_its_precision(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlhw.learning.resuming.choose_precision", lambda *_: torch.float32)
    trained(run, precision="bfloat16")
    assert precision_as_before(run, "auto", HERE) == "bfloat16"


def test_a_run_of_an_earlier_version_does_not_say_its_precision(run: Run) -> None:
    trained(run)
    assert precision_as_before(run, "float32", HERE) == "float32"


@pytest.mark.parametrize(("kept", "each"), [({"threads_each": 1}, 1), ({"threads_each": None}, 3), ({}, 3)])
def test_a_run_keeps_the_threads_of_each_trial(run: Run, kept: dict[str, Any], each: int) -> None:
    trained(run, **kept)
    assert run.threads_each_before(3) == each, "all threads, where the run does not say"
    assert run.threads_each_before(2) is None, "another number of all"
