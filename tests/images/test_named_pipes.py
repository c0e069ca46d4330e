"""Named pipes: all of what is written, and the system's own errors."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from dlhw.errors import no_file
from dlhw.images.named_pipes import read_named_pipe


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such pipes")
def test_all_that_is_written_is_read(tmp_path: Path) -> None:
    pipe = tmp_path / "word.png"
    os.mkfifo(pipe)
    written = bytes(range(256)) * 1024  # several times what the system keeps for a pipe
    writer = threading.Thread(target=lambda: pipe.write_bytes(written))
    writer.start()
    assert read_named_pipe(pipe) == written
    writer.join()


def test_the_error_of_the_system_reaches_the_caller(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"word\.png"):
        read_named_pipe(tmp_path / "word.png")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such pipes")
def test_what_is_there_in_place_of_a_file_is_named(tmp_path: Path) -> None:
    pipe = tmp_path / "words"
    os.mkfifo(pipe)
    assert no_file(pipe, "there is no checkpoint words") == f"{pipe} is a named pipe, which cannot be read here"
    assert no_file(Path("/dev/null")).startswith("/dev/null is a device")
    assert no_file(tmp_path / "none") == f"there is nothing at {tmp_path / 'none'}"
    assert no_file(tmp_path / "none", "there is no checkpoint") == "there is no checkpoint"
