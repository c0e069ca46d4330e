"""Two learning rates at once, in processes that a terminal's Ctrl-C and a SIGKILL reach as they would a person's."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
from pathlib import Path

import pytest

from tests.conftest import Fork, Invoke
from tests.end_to_end.test_kill_and_resume import same_weights, state
from tests.forked_workers import FORKED_WORKERS
from tests.moments import Moment, armed
from tests.started import MAIN, Started

EPOCHS = 20
TRIALS = ("lr0.01-seed42", "lr0.02-seed42")


def arguments(archive: Path, out: Path) -> list[str | Path]:
    rates = ["--lr", "0.01", "--lr", "0.02"]
    return ["cnn", "train", "--gap", *rates, "--data", archive, "--epochs", str(EPOCHS), "--out", out]


def stopping_worker(out: Path) -> str:
    """A command of which a worker stops itself in the middle of its work; the other is under way, or still starts."""
    notes = out.parent / "events"
    notes.unlink(missing_ok=True)
    moment = Moment(
        within=str(out), notes=str(notes), event=20, number=int(signal.SIGSTOP), in_worker=True, to_itself=True
    )
    return f"{armed(moment)}\n{FORKED_WORKERS}{MAIN}"


def stopped_child(process: Started) -> int:
    """Wait for the worker that stops itself; its number."""
    while True:
        for child in children(process):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                if state(int(child.name)) == "T":
                    return int(child.name)
        assert process.poll() is None
        time.sleep(0.01)


def children(process: Started) -> list[Path]:
    """Where the system keeps what it knows of them; a folder that is gone is a process that has ended."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # others end meanwhile
            if int(path.read_text().rsplit(")", 1)[1].split()[1]) == process.pid:
                found.append(path.parent)
    return found


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="children are listed under /proc")
def test_killed_and_interrupted_trials_end_in_the_same_weights(
    archive: Path, tmp_path: Path, fork: Fork, invoke: Invoke
) -> None:
    alone, out = tmp_path / "alone", tmp_path / "killed"
    assert invoke(*arguments(archive, alone), "--threads", "1").code == 0
    with fork(*arguments(archive, out), "--threads", "2", program=stopping_worker(out)) as process:
        stopped = stopped_child(process)
        trained = children(process)
        process.kill()
        os.kill(stopped, signal.SIGCONT)
    assert len(trained) >= len(TRIALS)
    deadline = time.monotonic() + 30
    while any(child.exists() for child in trained):
        assert time.monotonic() < deadline, "the children outlive their parent"
        time.sleep(0.05)
    resumed = ("cnn", "train", "--resume", "--out", out, "--threads", "2")
    with fork(*resumed, program=stopping_worker(out), start_new_session=True) as process:
        stopped = stopped_child(process)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal sends it: to the children too
        assert process.stderr is not None
        talk = ""
        while "stopping after this step" not in talk:
            talk += process.stderr.readline()
        os.kill(stopped, signal.SIGCONT)
        talk += process.stderr.read()
        assert process.wait() == 130
    assert "Traceback" not in talk
    assert f"to continue: dlhw cnn train --resume --out {out}" in talk
    with fork(*resumed, "--json", program=FORKED_WORKERS + MAIN) as process:
        document = json.loads(process.communicate()[0])
    assert all(same_weights(alone, out, trial) for trial in TRIALS)
    expected = json.loads((alone / "result.json").read_text())["results"]
    for result in (*expected, *document["results"]):
        del result["images_per_second"]
    assert document["results"] == expected
