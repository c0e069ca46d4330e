"""Runs that end in the middle, as real processes, and go on."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest
import torch

from dlhw.learning.checkpoint import load_checkpoint
from tests.conftest import Fork, Invoke
from tests.moments import Moment, armed
from tests.started import MAIN

EPOCHS = 8
TRIAL = "lr0.01-seed42"


def arguments(archive: Path, out: Path) -> list[str | Path]:
    return ["cnn", "train", "--gap", "--data", archive, "--epochs", str(EPOCHS), "--threads", "1", "--out", out]


def at(event: int, number: signal.Signals, out: Path) -> str:
    """A command that sends itself a signal: after 45 events some epochs are behind it, and others before it."""
    notes = out.parent / "events"
    moment = Moment(within=str(out), notes=str(notes), event=event, number=int(number), to_itself=True)
    return f"{armed(moment)}\n{MAIN}"


def state(process: int) -> str:
    """What a process is doing, in a letter: ``T`` when it is stopped."""
    return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0]


def same_weights(one: Path, other: Path, trial: str = TRIAL) -> bool:
    for name, kind in (("state.safetensors", "state"), ("best.safetensors", "weights")):
        left, right = (load_checkpoint(run / trial / name, kind=kind)[0] for run in (one, other))
        if left.keys() != right.keys() or not all(torch.equal(left[key], right[key]) for key in left):
            return False
    return True


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_saves_the_state_and_names_the_command_that_goes_on(
    archive: Path, tmp_path: Path, fork: Fork, number: signal.Signals, code: int
) -> None:
    out = tmp_path / "a run"
    with fork(*arguments(archive, out), program=at(45, number, out)) as process:
        assert process.stderr is not None
        talk = process.stderr.read()
        assert process.wait() == code
        assert process.stdout is not None
        assert process.stdout.read() == ""
    assert "stopping after this step" in talk
    assert f"hint: to continue: dlhw cnn train --resume --out '{out}'" in talk
    assert "Traceback" not in talk
    _, header = load_checkpoint(out / TRIAL / "state.safetensors", kind="state")
    assert 1 <= header["epoch"] < EPOCHS


def test_a_second_ctrl_c_stops_at_once(archive: Path, tmp_path: Path, fork: Fork) -> None:
    """The first one falls into a step that never ends, so only the second can end the process."""
    code = """
import signal, sys, time
import dlhw.cli.app, dlhw.cnn.task
def stuck(task, step):
    print("stuck", file=sys.stderr, flush=True)
    while True: time.sleep(0.01)
dlhw.cnn.task.ClassificationTask.train_step = stuck
dlhw.cli.app.main()
"""
    out = tmp_path / "run"
    again = f"dlhw cnn train --resume --out {out}"
    with fork(*arguments(archive, out), program=code) as process:
        assert process.stderr is not None
        while "stuck" not in process.stderr.readline():
            pass
        process.send_signal(signal.SIGINT)
        while "once more stops at once" not in process.stderr.readline():
            pass
        process.send_signal(signal.SIGINT)
        assert process.wait() == 130
        said = process.stderr.read()
    assert "Traceback" not in said
    assert f"stopped at once: what was computed since the last saved state is lost; to continue: {again}" in said


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="/proc tells that it is stopped")
def test_a_run_that_another_process_holds_is_left_alone(
    archive: Path, tmp_path: Path, fork: Fork, invoke: Invoke
) -> None:
    out = tmp_path / "run"
    with fork(*arguments(archive, out), program=at(45, signal.SIGSTOP, out)) as first:
        while state(first.pid) != "T":
            assert first.poll() is None
            time.sleep(0.01)
        second = invoke("cnn", "train", "--resume", "--out", out)
        first.send_signal(signal.SIGKILL)
    assert second.code == 1
    assert "another process is working in" in second.stderr
