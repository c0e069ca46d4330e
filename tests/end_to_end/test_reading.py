"""``dlhw ocr read -`` as a process of its own, with bytes on its standard input."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import Fork
from tests.ocr.folders import noise
from tests.ocr.recognisers import save

PROGRAM = """
import atexit, sys
atexit.register(lambda: print("the compiler is imported:", "torch._dynamo" in sys.modules, file=sys.stderr))
from dlhw.cli.app import main
main()
"""


READ = ("ocr", "read", "-", "--checkpoint", "weights", "--json")


def test_an_image(tmp_path: Path, fork: Fork) -> None:
    save(tmp_path / "weights")
    noise(40).save(tmp_path / "word.png")
    with (tmp_path / "word.png").open() as image, fork(*READ, stdin=image.fileno()) as process:
        document, said = process.communicate()
        assert process.returncode == 0, said
    (row,) = json.loads(document)["images"]
    assert (row["image"], row["text"]) == ("standard input", "ab")


def test_paths(tmp_path: Path) -> None:
    save(tmp_path / "weights")
    noise(40).save(tmp_path / "wörd.png")
    # A locale that is no UTF-8: neither paths nor texts may depend on it.
    environment = {**os.environ, "LC_ALL": "C", "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-c", PROGRAM, *READ]
    came = "wörd.png\nnowhere.png\n".encode()
    done = subprocess.run(command, cwd=tmp_path, input=came, capture_output=True, check=False, env=environment)
    assert done.returncode == 1
    first, second = json.loads(done.stdout)["images"]
    assert (first["image"], first["text"]) == ("wörd.png", "ab")
    assert second == {"image": "nowhere.png", "error": "No such file or directory"}
    assert b"1 of 2 images could not be read" in done.stderr
    assert b"the compiler is imported: False" in done.stderr, "it takes longer than all the rest"
