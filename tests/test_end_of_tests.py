"""SIGTERM to a run of tests ends it, and the processes that its tests have started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
WAITS = """
import os
import subprocess
import sys

def test_that_waits():
    code = "import os, time; print(os.getpid(), flush=True); time.sleep(600)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as child:
        with open({told!r}, "w") as file:
            file.write(child.stdout.readline())
        child.wait()
"""


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="children are found in /proc")
@pytest.mark.parametrize("workers", ["0", pytest.param("1", marks=pytest.mark.nightly)])
def test_sigterm_ends_the_tests_and_their_processes(tmp_path: Path, workers: str) -> None:
    told = tmp_path / "told"
    os.mkfifo(told)
    (tmp_path / "test_waits.py").write_text(WAITS.format(told=str(told)))
    options = ["-p", "tests.ending", "-c", str(ROOT / "pyproject.toml"), f"--rootdir={tmp_path}", "-n", workers]
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options, str(tmp_path / "test_waits.py")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as tests:
        with told.open() as file:
            child = int(file.read())
        tests.send_signal(signal.SIGTERM)
        said, _ = tests.communicate(timeout=200)
    assert tests.returncode == pytest.ExitCode.INTERRUPTED, said
    assert "KeyboardInterrupt" in said
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)
