"""Streams that are closed, unread or of another encoding, and closed terminals, as real processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dlhw.console.standard_streams import PIPE_BUFFER
from tests.conftest import Fork
from tests.started import MAIN

TRAIN = ("cnn", "train", "--gap", "--threads", "1", "--progress", "plain")
POSIX = pytest.mark.skipif(os.name != "posix", reason="descriptors and signals of POSIX")


def shell(script: str, folder: Path) -> subprocess.CompletedProcess[bytes]:
    """Run a script in which ``$DLHW`` is the command."""
    environment = os.environ | {"DLHW": f"{sys.executable} -m dlhw"}
    return subprocess.run(["sh", "-c", script], capture_output=True, cwd=folder, env=environment)


@POSIX
def test_an_encoding_that_lacks_characters(tmp_path: Path, fork: Fork) -> None:
    environment = os.environ | {"PYTHONIOENCODING": "cp1252"}
    command = [sys.executable, "-m", "dlhw", "energy", "--threads", "1"]
    table = subprocess.run(command, capture_output=True, cwd=tmp_path, env=environment)
    assert table.returncode == 0
    assert "beta" in table.stdout.decode("cp1252")
    with fork("energy", "--threads", "1", "--json", environment=environment) as process:
        document, _ = process.communicate()
        assert process.wait() == 0
    assert document.isascii()
    assert "β" in str(json.loads(document))


@POSIX
def test_closed_streams(tmp_path: Path) -> None:
    without_stdout = shell("$DLHW cnn params --json >&-; echo $?", tmp_path)
    assert without_stdout.stdout == b"0\n"
    without_stderr = shell("$DLHW cnn params --json 2>&-; echo $?", tmp_path)
    *document, code = without_stderr.stdout.decode().splitlines()
    assert code == "0"
    assert json.loads("\n".join(document))["command"] == "cnn params"


@POSIX
@pytest.mark.parametrize("state", ["unread", "left"])
def test_a_training_goes_on_when_nobody_reads_its_progress(
    state: str, archive: Path, tmp_path: Path, fork: Fork
) -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    while state == "unread" and _fills(writer):
        pass
    os.set_blocking(writer, True)
    if state == "left":
        os.close(reader)
    with fork(*TRAIN, "--epochs", "1", "--json", "--data", archive, stderr=writer) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.read())["command"] == "cnn train"
        assert process.wait() == 0
    os.close(writer)
    if state == "unread":
        os.close(reader)


def _fills(descriptor: int) -> bool:
    try:
        os.write(descriptor, b"x" * PIPE_BUFFER)
    except BlockingIOError:
        return False
    return True


@POSIX
def test_a_closed_terminal_saves_the_state_and_nohup_is_respected(archive: Path, tmp_path: Path, fork: Fork) -> None:
    out = tmp_path / "run"
    with fork(*TRAIN, "--epochs", "2000", "--data", archive, "--out", out) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "epoch  1/" in line:
                break
        process.send_signal(signal.SIGHUP)
        error = process.stderr.read()
        assert process.wait() == 129
    assert "to continue: dlhw cnn train --resume" in error
    assert (out / "lr0.01-seed42/state.safetensors").exists()
    code = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN); from dlhw.cli.app import main; main()"
    with fork("cnn", "train", "--resume", "--out", out, "--progress", "plain", program=code) as process:
        assert process.stderr is not None
        lines = iter(process.stderr)
        for line in lines:
            if "epoch " in line:
                break
        process.send_signal(signal.SIGHUP)
        for line in lines:  # it trains on
            if "epoch " in line:
                break
        process.terminate()
        process.stderr.read()
        assert process.wait() == 143


@POSIX
def test_ctrl_c_is_quiet(fork: Fork) -> None:
    said_first = """
import sys
import dlhw.hopfield.claims
check = dlhw.hopfield.claims.check_claims
def begun(*given, **named):
    print("begun", file=sys.stderr, flush=True)
    return check(*given, **named)
dlhw.hopfield.claims.check_claims = begun
"""
    with fork("energy", "--trials", "100000", "--threads", "1", program=said_first + MAIN) as process:
        assert process.stderr is not None
        assert process.stdout is not None
        assert any(line == "begun\n" for line in process.stderr)
        process.send_signal(signal.SIGINT)
        assert process.wait() == 130
        assert "Traceback" not in process.stderr.read()
        assert process.stdout.read() == ""
