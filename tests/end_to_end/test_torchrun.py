"""torchrun itself, with a rank that is killed and a Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from dlhw.learning import loop
from tests.conftest import Invoke
from tests.ranks import torchrun

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds the ranks in /proc")


def children(process: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def end_with_ranks(launcher: subprocess.Popen[str]) -> None:
    """End torchrun at once, and its ranks, which outlive it: each has a session of its own."""
    ranks = children(launcher.pid) if launcher.poll() is None else []
    launcher.kill()
    for rank in ranks:
        with suppress(ProcessLookupError):
            os.kill(rank, signal.SIGKILL)


def rank_of(process: int) -> str | None:
    try:
        variables = Path(f"/proc/{process}/environ").read_bytes().split(b"\0")
    except OSError:
        return None
    return next((one.decode().removeprefix("RANK=") for one in variables if one.startswith(b"RANK=")), None)


def wait_until(condition: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 200
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_lost_rank_is_survived_and_ctrl_c_leaves_a_state_that_resumes(
    archive: Path, tmp_path: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "runs" / "cnn-train" / "1"
    metrics = folder / "lr0.01-seed42" / "metrics.jsonl"
    options = ("cnn", "train", "--gap", "--data", archive, "--batch-size", "10", "--epochs", "2000", "--threads", "2")

    def rows() -> int:
        return len(metrics.read_text().splitlines()) if metrics.exists() else 0

    command = torchrun(2, *options, "--progress", "plain", options=("--max-restarts", "1"))
    with subprocess.Popen(command, cwd=tmp_path, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            wait_until(lambda: rows() >= 2, process)  # behind the first state
            lost = next(one for one in children(process.pid) if rank_of(one) == "1")
            os.kill(lost, signal.SIGKILL)
            environment = folder / "environment.json"
            wait_until(lambda: bool(json.loads(environment.read_text())["earlier"]), process)
            before = rows()
            wait_until(lambda: rows() > before, process)
            process.send_signal(signal.SIGINT)
            _, talk = process.communicate(timeout=200)
        finally:
            end_with_ranks(process)
    assert [path.name for path in folder.parent.iterdir()] == ["1"]  # no run beside it
    assert "continuing after epoch" in talk
    assert "the state is saved" in talk
    epochs = rows()
    noted = json.loads((folder / "environment.json").read_text())
    assert noted["ranks"] == noted["earlier"][0]["ranks"] == 2

    def then_stop(*arguments: Any) -> Any:
        signal.raise_signal(signal.SIGINT)  # heard after the next step
        return conclude(*arguments)

    conclude = loop._conclude_epoch
    monkeypatch.setattr(loop, "_conclude_epoch", then_stop)
    alone = invoke("cnn", "train", "--resume", "--progress", "plain")
    assert alone.code == 130
    assert f"continuing after epoch {epochs}" in alone.stderr
    assert rows() == epochs + 1
