"""Runs that end in the middle, as real processes, and go on."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest
import torch

from dlhw.learning.checkpoint import load_checkpoint
from tests.conftest import Invoke, Spawn

EPOCHS = 8
TRIAL = "lr0.01-seed42"


def arguments(archive: Path, out: Path) -> list[str | Path]:
    return ["cnn", "train", "--gap", "--data", archive, "--epochs", str(EPOCHS), "--threads", "1", "--out", out]


def wait_for_epoch(process: subprocess.Popen[str], number: int, *, of: int = EPOCHS) -> None:
    assert process.stderr is not None
    for line in process.stderr:
        if f"epoch  {number}/{of}" in line:
            return
    raise AssertionError(f"the process ended before epoch {number}")


def same_weights(one: Path, other: Path, trial: str = TRIAL) -> bool:
    for name, kind in (("state.safetensors", "state"), ("best.safetensors", "weights")):
        left, right = (load_checkpoint(run / trial / name, kind=kind)[0] for run in (one, other))
        if left.keys() != right.keys() or not all(torch.equal(left[key], right[key]) for key in left):
            return False
    return True


def test_a_killed_run_ends_in_the_same_weights(archive: Path, tmp_path: Path, spawn: Spawn, invoke: Invoke) -> None:
    """SIGKILL at two random moments; the third process gets to the end."""
    alone, killed = tmp_path / "alone", tmp_path / "killed"
    assert invoke(*arguments(archive, alone)).code == 0
    rng = random.Random()
    with spawn(*arguments(archive, killed)) as process:
        wait_for_epoch(process, rng.randint(1, 3))
        time.sleep(rng.uniform(0, 0.1))
        process.kill()
    assert not (killed / "result.json").exists()
    with spawn("cnn", "train", "--resume", "--out", killed) as process:
        wait_for_epoch(process, rng.randint(5, 6))
        time.sleep(rng.uniform(0, 0.1))
        process.kill()
    document = json.loads(invoke("cnn", "train", "--resume", "--out", killed, "--json").stdout)
    assert same_weights(alone, killed)
    epochs = [json.loads(line)["epoch"] for line in (killed / TRIAL / "metrics.jsonl").read_text().splitlines()]
    assert epochs == list(range(1, EPOCHS + 1))
    (expected,), (got,) = json.loads((alone / "result.json").read_text())["results"], document["results"]
    del expected["images_per_second"], got["images_per_second"]
    assert got == expected


def test_a_killed_reader_of_words_ends_in_the_same_weights(
    own_words: Path, tmp_path: Path, spawn: Spawn, invoke: Invoke
) -> None:
    """Question 3, with the optimizer's moments and the schedule: SIGKILL at a random moment."""

    def arguments(out: str) -> list[str | Path]:
        return ["ocr", "train", "--data", own_words, "--epochs", "4", "--threads", "1", "--out", tmp_path / out]

    assert invoke(*arguments("alone")).code == 0
    with spawn(*arguments("killed")) as process:
        wait_for_epoch(process, random.Random().randint(1, 2), of=4)
        time.sleep(random.Random().uniform(0, 0.3))
        process.kill()
    assert not (tmp_path / "killed" / "result.json").exists()
    assert invoke("ocr", "train", "--resume", "--out", tmp_path / "killed").code == 0
    assert same_weights(tmp_path / "alone", tmp_path / "killed", "attention-seed42")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_saves_the_state_and_names_the_command_that_goes_on(
    archive: Path, tmp_path: Path, spawn: Spawn, number: signal.Signals, code: int
) -> None:
    out = tmp_path / "a run"
    with spawn(*arguments(archive, out)) as process:
        wait_for_epoch(process, 2)
        process.send_signal(number)
        assert process.stderr is not None
        talk = process.stderr.read()
        assert process.wait() == code
        assert process.stdout is not None
        assert process.stdout.read() == ""
    assert "stopping after this step" in talk
    assert f"hint: to continue: dlhw cnn train --resume --out '{out}'" in talk
    assert "Traceback" not in talk
    _, header = load_checkpoint(out / TRIAL / "state.safetensors", kind="state")
    assert header["epoch"] >= 2


def test_a_second_ctrl_c_stops_at_once(archive: Path, tmp_path: Path, spawn: Spawn) -> None:
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
    with spawn(*arguments(archive, tmp_path / "run"), program=["-c", code]) as process:
        assert process.stderr is not None
        while "stuck" not in process.stderr.readline():
            pass
        process.send_signal(signal.SIGINT)
        while "once more stops at once" not in process.stderr.readline():
            pass
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=10) == 130
        assert "Traceback" not in process.stderr.read()


def test_a_run_that_another_process_holds_is_left_alone(
    archive: Path, tmp_path: Path, spawn: Spawn, invoke: Invoke
) -> None:
    out = tmp_path / "run"
    with spawn(*arguments(archive, out)) as first:
        wait_for_epoch(first, 1)
        first.send_signal(signal.SIGSTOP)
        second = invoke("cnn", "train", "--resume", "--out", out)
        first.send_signal(signal.SIGKILL)
    assert second.code == 1
    assert "another process is working in" in second.stderr
