"""The line that is shown while PyTorch is imported."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest

CODE = """
import sys
from dlhw.cli.loading import loading_shown
with loading_shown():
    import torch
torch.tensor(1.0)
assert not any("dlhw" in type(finder).__module__ for finder in sys.meta_path)
"""


@pytest.mark.skipif(os.name != "posix", reason="pseudo-terminals of POSIX")
def test_a_terminal_is_told_at_once_and_erased() -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen([sys.executable, "-c", CODE], stdout=subprocess.PIPE, stderr=theirs)
    os.close(theirs)
    assert process.stdout is not None
    assert process.stdout.read() == b""
    assert process.wait() == 0
    process.stdout.close()
    seen = os.read(ours, 65536).decode()
    os.close(ours)
    assert "loading PyTorch" in seen
    assert seen.endswith("\r\x1b[K")


def test_a_pipe_is_left_alone() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
