"""A named pipe that nobody writes to: one Ctrl-C ends the wait."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

COMMANDS = (("ocr", "read"), ("cnn", "predict", "--checkpoint", "landscapes"))


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such pipes")
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_one_ctrl_c_ends_the_wait_for_a_pipe(command: tuple[str, ...], tmp_path: Path) -> None:
    pipe = tmp_path / "word.png"
    os.mkfifo(pipe)
    arguments = [sys.executable, "-m", "dlhw", *command, str(pipe)]
    with subprocess.Popen(arguments, cwd=tmp_path, stdout=-1, stderr=-1, text=True) as process:
        writer = opened_for_writing(pipe, process)
        try:
            process.send_signal(signal.SIGINT)
            _, talk = process.communicate(timeout=60)
        finally:
            process.kill()
            os.close(writer)
    assert process.returncode == 130
    assert "Traceback" not in talk


def opened_for_writing(pipe: Path, process: subprocess.Popen[str]) -> int:
    """The writing end, which can be opened as soon as the process reads from the other. Nothing is ever written."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        try:
            return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise
        time.sleep(0.05)
    pytest.fail(f"nobody opened the pipe: {process.stderr.read() if process.poll() is not None else ''}")  # type: ignore[union-attr]
