"""``benchmarks/gpu.py`` where there is no GPU."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "gpu.py"


def call(*arguments: str, seconds: float) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1"}
    line = [sys.executable, str(SCRIPT), *arguments]
    return subprocess.run(line, capture_output=True, text=True, env=environment, timeout=seconds)


def test_without_a_gpu_it_says_so_in_one_line() -> None:
    ended = call(seconds=100)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == "there is no GPU here: nothing was checked or measured\n"


def test_every_part_that_can_be_asked_for_is_there() -> None:
    """Read, and not imported: the script's parts import torch and most of dlhw."""

    def keys(file: Path, name: str) -> list[str]:
        for node in ast.parse(file.read_text()).body:
            target = (
                node.target
                if isinstance(node, ast.AnnAssign)
                else node.targets[0]
                if isinstance(node, ast.Assign)
                else None
            )
            if isinstance(target, ast.Name) and target.id == name:
                assert isinstance(node, ast.Assign | ast.AnnAssign)
                assert isinstance(node.value, ast.Dict)
                return [str(key.value) for key in node.value.keys if isinstance(key, ast.Constant)]
        raise AssertionError(name)

    parts = [
        name
        for file in ("gpu_parts.py", "gpu_losses.py", "gpu_words.py")
        for name in keys(SCRIPT.with_name(file), "PARTS")
    ]
    assert keys(SCRIPT, "LIMITS") == parts


@pytest.mark.nightly  # half a minute on a free core; it imports most of dlhw in two processes
def test_a_part_runs_on_the_cpu_and_fills_in_rows() -> None:
    ended = call("--device", "cpu", "--quick", "--part", "losses", seconds=600)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.count("| passed |") == 4
