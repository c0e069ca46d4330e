"""``dlhw ocr read -`` as a process of its own, with bytes on its standard input."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.ocr.folders import noise
from tests.ocr.recognisers import save

PROGRAM = """
import atexit, sys
atexit.register(lambda: print("the compiler is imported:", "torch._dynamo" in sys.modules, file=sys.stderr))
from dlhw.cli.app import main
main()
"""


def read(folder: Path, came: bytes, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-c", PROGRAM, "ocr", "read", "-", "--checkpoint", "weights", "--json", *arguments]
    # A locale that is no UTF-8: neither paths nor texts may depend on it.
    environment = {**os.environ, "LC_ALL": "C", "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(command, cwd=folder, input=came, capture_output=True, check=False, env=environment)


def test_an_image(tmp_path: Path) -> None:
    save(tmp_path / "weights")
    noise(40).save(tmp_path / "word.png")
    done = read(tmp_path, (tmp_path / "word.png").read_bytes())
    assert done.returncode == 0, done.stderr
    (row,) = json.loads(done.stdout)["images"]
    assert (row["image"], row["text"]) == ("standard input", "ab")
    assert b"the compiler is imported: False" in done.stderr, "it takes longer than all the rest"


def test_paths(tmp_path: Path) -> None:
    save(tmp_path / "weights")
    noise(40).save(tmp_path / "wörd.png")
    done = read(tmp_path, "wörd.png\nnowhere.png\n".encode())
    assert done.returncode == 1
    first, second = json.loads(done.stdout)["images"]
    assert (first["image"], first["text"]) == ("wörd.png", "ab")
    assert second == {"image": "nowhere.png", "error": "No such file or directory"}
    assert b"1 of 2 images could not be read" in done.stderr
