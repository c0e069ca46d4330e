"""Ctrl-C before the command line is imported: one line, and no traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

# Many short sleeps: a signal just before one long one would be seen only after it.
SLOW = "import sys, time\nsys.stdout.write('importing\\n')\nsys.stdout.flush()\nwhile True: time.sleep(0.01)\n"


@pytest.mark.parametrize("module", ["typer", "rich"])
def test_ctrl_c_while_modules_are_imported_is_one_line(module: str, tmp_path: Path) -> None:
    (tmp_path / f"{module}.py").write_text(SLOW)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "-m", "dlhw", "energy"]
    with subprocess.Popen(command, env=environment, stdout=-1, stderr=-1, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "importing\n"
        process.send_signal(signal.SIGINT)
        _, talk = process.communicate(timeout=60)
    assert process.returncode == 130
    assert len(talk.splitlines()) <= 1
    assert "Traceback" not in talk
