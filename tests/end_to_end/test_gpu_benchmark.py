"""``benchmarks/gpu.py`` where there is no GPU."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "gpu.py"


def call(*arguments: str, seconds: float) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1"}
    line = [sys.executable, str(SCRIPT), *arguments]
    return subprocess.run(line, capture_output=True, text=True, env=environment, timeout=seconds)


def test_without_a_gpu_it_says_so_in_one_line() -> None:
    ended = call(seconds=100)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == "there is no GPU here: nothing was checked or measured\n"
