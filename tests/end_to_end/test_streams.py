"""Pipes, terminals and full disks, as real processes."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from tests.conftest import Fork, Invoke
from tests.started import MAIN

SHORT = ("--gap", "--epochs", "2", "--threads", "1")


def test_json_goes_through_a_pipe_alone_and_nothing_heavy_is_imported(archive: Path, tmp_path: Path) -> None:
    code = "import dlhw.cli.app, sys\ntry: dlhw.cli.app.main()\n"
    code += "finally: print([name for name in ('torchvision', 'pandas') if name in sys.modules], file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", code, "cnn", "train", "--json", "--data", str(archive), *SHORT],
        capture_output=True, text=True, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0
    assert json.loads(done.stdout)["command"] == "cnn train"
    assert "\x1b" not in done.stdout + done.stderr
    assert done.stderr.splitlines()[-1] == "[]"


def test_a_reader_that_leaves_is_no_traceback(tmp_path: Path) -> None:
    command = f"{sys.executable} -m dlhw cnn params --json | head -1"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, cwd=tmp_path)
    assert done.stdout == "{\n"
    assert done.stderr == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_result_that_cannot_be_written_fails(fork: Fork) -> None:
    with Path("/dev/full").open("w") as full, fork("cnn", "params", "--json", stdout=full) as process:
        assert process.stderr is not None
        error = process.stderr.read()
        assert process.wait() == 1
    assert "error: could not write the result to stdout: No space left on device" in error
    assert "Traceback" not in error


def test_a_full_disk_leaves_the_checkpoint_before(archive: Path, tmp_path: Path, fork: Fork, invoke: Invoke) -> None:
    out = tmp_path / "run"
    extend = ("cnn", "train", "--resume", "--out", out, "--epochs", "3")
    assert invoke("cnn", "train", "--data", archive, "--out", out, *SHORT).code == 0
    before = (out / "lr0.01-seed42/state.safetensors").read_bytes()
    full = "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))"  # a state has 6 MB
    with fork(*extend, program=f"{full}\n{MAIN}") as process:
        assert process.stderr is not None
        error = process.stderr.read()
        assert process.wait() == 1
    assert "error: could not write" in error
    assert "what was there before is untouched" in error
    assert (out / "lr0.01-seed42/state.safetensors").read_bytes() == before
    assert invoke(*extend).code == 0


def test_a_terminal_gets_a_live_table(archive: Path, fork: Fork) -> None:
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (30, 100))
    environment = {key: value for key, value in os.environ.items() if key not in {"COLUMNS", "LINES", "NO_COLOR"}}
    environment |= {"TERM": "xterm-256color"}
    process = fork("cnn", "train", "--data", archive, *SHORT, stdin=theirs, stderr=theirs, environment=environment)
    os.close(theirs)
    seen = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # Linux says so when the other side has closed
            break
        if not part:
            break
        seen += part
    os.close(ours)
    assert process.stdout is not None
    result = process.stdout.read()
    process.stdout.close()
    assert process.wait() == 0
    text = seen.decode()
    for wanted in ("validation accuracy", "whole run", "Ctrl-C saves", "\x1b["):
        assert wanted in text
    assert "\x1b" not in result, "the result went into a pipe"
    assert "756,742 parameters" in result
