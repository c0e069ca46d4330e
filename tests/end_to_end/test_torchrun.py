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
from tests.conftest import Fork, Invoke, Spawn
from tests.started import Started

TORCHRUN = ("--standalone", "--nproc-per-node", "2", "--max-restarts", "1", "-m", "dlhw")
FORKED_RANKS = """
import os
from torch.distributed.elastic.multiprocessing.subprocess_handler import subprocess_handler
from torch.distributed.run import main
from tests.started import MAIN, start

OF_LAUNCHER = f"import os; os.getppid = lambda: {os.getpid()}\\n{MAIN}"

def started(*, args, env, stdout, stderr, start_new_session):
    options = {"environment": env, "stdout": 1, "stderr": 2, "start_new_session": start_new_session}
    process = start(*args[args.index("dlhw") + 1 :], folder=os.getcwd(), program=OF_LAUNCHER, **options)
    with open("ranks", "a") as file:
        print(env["RANK"], process.pid, file=file)
    return process

subprocess_handler.Popen = started
main()
"""
"""torchrun, but for its ranks, which begin with PyTorch imported and are noted in a file."""

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds the ranks in /proc")


def children(process: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def rank_1(launcher: subprocess.Popen[str] | Started, folder: Path) -> int:
    """Its process number."""
    if isinstance(launcher, Started):
        return next(int(line.split()[1]) for line in (folder / "ranks").read_text().splitlines() if line[0] == "1")
    return next(one for one in children(launcher.pid) if rank_of(one) == "1")


def end_with_ranks(launcher: subprocess.Popen[str] | Started) -> None:
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


def wait_until(condition: Callable[[], bool], process: subprocess.Popen[str] | Started) -> None:
    deadline = time.monotonic() + 200
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("ranks", ["forked", pytest.param("started", marks=pytest.mark.nightly)])
def test_a_lost_rank_is_survived_and_ctrl_c_leaves_a_state_that_resumes(
    ranks: str,
    archive: Path,
    tmp_path: Path,
    fork: Fork,
    spawn: Spawn,
    invoke: Invoke,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path / "runs" / "cnn-train" / "1"
    metrics = folder / "lr0.01-seed42" / "metrics.jsonl"
    options = ("cnn", "train", "--gap", "--data", archive, "--batch-size", "10", "--epochs", "2000", "--threads", "2")

    def rows() -> int:
        return len(metrics.read_text().splitlines()) if metrics.exists() else 0

    command = (*TORCHRUN, *options, "--progress", "plain")
    process = (
        fork(*command, program=FORKED_RANKS)
        if ranks == "forked"
        else spawn(*command, program=("-m", "torch.distributed.run"))
    )
    with process:
        try:
            wait_until(lambda: rows() >= 2, process)  # behind the first state
            os.kill(rank_1(process, tmp_path), signal.SIGKILL)
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
