"""Commands that tests fork end with the tests, however these end."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

CODE = """
import sys, time
from pathlib import Path
from tests.forking import forks
with forks(Path(sys.argv[1]), before="import time; time.sleep(3600)") as starter:
    print(starter.start("info").pid, flush=True)
    time.sleep(3600)
"""


@pytest.mark.nightly
@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")
def test_a_forked_command_ends_when_the_tests_are_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", CODE, str(tmp_path)]
    with subprocess.Popen(command, cwd=Path(__file__).parent.parent, stdout=subprocess.PIPE, text=True) as tests:
        assert tests.stdout is not None
        forked = int(tests.stdout.readline())
        os.kill(forked, 0)
        tests.kill()
    while _lives(forked):  # or the time limit of tests
        time.sleep(0.05)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
