"""Any number of images, in memory that does not grow with it."""

from __future__ import annotations

import json
import subprocess
import sys
import tracemalloc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from dlhw.images.arguments import ImageArgument
from dlhw.ocr.reading import CHUNK, ReadImage
from dlhw.ocr.reading_stream import read_into
from dlhw.ocr.readings_file import ReadingsFile
from tests.ocr.recognisers import save, save_images


def arguments(count: int) -> Iterator[ImageArgument]:
    return (ImageArgument(name=f"folder/{index}.png", source=None, problem="none") for index in range(count))


def fail(chunk: Sequence[ImageArgument]) -> list[ReadImage]:
    return [ReadImage(name=one.name, error=one.problem) for one in chunk]


def test_a_chunk_is_written_before_the_next_is_asked_for(tmp_path: Path) -> None:
    asked = arguments(3 * CHUNK)
    with ReadingsFile(tmp_path / "texts.jsonl") as file:
        steps = read_into(file, fail, asked)
        next(steps)
        assert len((tmp_path / "texts.jsonl").read_text().splitlines()) == CHUNK
        assert next(asked).name == f"folder/{CHUNK}.png"


def test_the_memory_does_not_grow_with_the_images(tmp_path: Path) -> None:
    def peak(count: int) -> int:
        tracemalloc.start()
        with ReadingsFile(tmp_path / f"{count}.jsonl") as file:
            for counts in read_into(file, fail, arguments(count)):
                assert counts.read == 0
        assert counts.failed == count
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    peak(10)  # what is imported and cached once
    few = peak(2 * CHUNK)
    assert peak(40 * CHUNK) < few + 50_000


def test_what_is_left_out_is_counted(tmp_path: Path) -> None:
    class Holding:
        def __init__(self) -> None:
            self.written: list[str] = []

        def holds(self, name: str) -> bool:
            return name != f"folder/{CHUNK + 1}.png"

        def append(self, rows: Iterable[Mapping[str, Any]]) -> None:
            self.written += [row["image"] for row in rows]

    read = []

    def reading(chunk: Sequence[ImageArgument]) -> list[ReadImage]:
        read.append(len(chunk))
        return fail(chunk)

    rows = Holding()
    *_, last = read_into(rows, reading, arguments(3 * CHUNK))
    assert (last.read, last.failed, last.skipped) == (0, 1, 3 * CHUNK - 1)
    assert read == [CHUNK], "a chunk of which something is missing is read as a whole, and no other"
    assert rows.written == [f"folder/{CHUNK + 1}.png"]


PROGRAM = """
import resource, sys
from dlhw.cli.app import main
try:
    main()
finally:
    print("\\npeak", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
"""


@pytest.mark.nightly
@pytest.mark.timeout(3000)
@pytest.mark.skipif(sys.platform != "linux", reason="the peak is in other units elsewhere")
def test_a_million_paths_take_no_more_memory_than_twenty_thousand(tmp_path: Path) -> None:
    """One in twenty leads to an image. A second call leaves them all out, for 16 bytes a name."""
    save(tmp_path / "weights")
    save_images(tmp_path / "images")

    def peak(count: int) -> float:
        """Megabytes."""
        options = ["--checkpoint", "weights", "--threads", "1", "--jsonl", f"{count}.jsonl"]
        command = [sys.executable, "-c", PROGRAM, "ocr", "read", "-", *options]
        with subprocess.Popen(command, cwd=tmp_path, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as reading:
            assert reading.stdin is not None
            assert reading.stderr is not None
            for index in range(count):
                name = f"gone{index}" if index % 20 else str(index // 20 % 8)
                reading.stdin.write(f"images/{name}.png\n".encode())
            reading.stdin.close()
            said = reading.stderr.read().decode()
        assert "peak" in said, said
        return int(said.split("\npeak ")[1].split()[0]) / 1024

    few = peak(20_000)
    assert peak(1_000_000) < few + 50
    with (tmp_path / "1000000.jsonl").open() as file:
        assert sum("text" in json.loads(line) for line in file) == 50_000
    assert peak(1_000_000) < few + 150  # and some temporary copies of what is kept of the names
    with (tmp_path / "1000000.jsonl").open() as file:
        assert sum(1 for _ in file) == 1_000_000
