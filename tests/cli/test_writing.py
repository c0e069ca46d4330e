"""A result whose files cannot be written is printed anyway, and the command fails."""

from __future__ import annotations

import json
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from dlhw.cli.writing import Writing
from dlhw.errors import DataError
from tests.cnn import networks
from tests.conftest import Invoke
from tests.ocr import recognisers


@pytest.fixture
def full_disk() -> Iterator[None]:
    """The kernel refuses files above ten bytes."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.mark.parametrize("command", ["cnn eval", "cnn predict", "ocr eval", "ocr read", "cccp"])
def test_a_full_disk_costs_the_file_and_not_the_result(
    command: str, archive: Path, tmp_path: Path, invoke: Invoke, request: pytest.FixtureRequest
) -> None:
    words = recognisers.save_images(tmp_path / "words")
    landscapes = ("--checkpoint", networks.save(tmp_path / "network" / "best.safetensors"))
    reader = ("--checkpoint", recognisers.save(tmp_path / "recogniser" / "best.safetensors"))
    out = tmp_path / "out"
    arguments: dict[str, tuple[str | Path, ...]] = {
        "cnn eval": (*landscapes, "--data", archive, "--csv", out),
        "cnn predict": (words / "0.png", *landscapes, "--csv", out),
        "ocr eval": (*reader, "--data", words, "--csv", out),
        "ocr read": (words / "0.png", *reader, "--csv", out),
        "cccp": ("--save", out),
    }
    request.getfixturevalue("full_disk")
    outcome = invoke(*command.split(), *arguments[command], "--threads", "1", "--json")
    assert outcome.code == 1
    document = json.loads(outcome.stdout)
    assert document["command"] == command
    assert document["saved" if command == "cccp" else "csv"] is None
    assert "File too large" in outcome.stderr
    assert "its result was printed" in outcome.stderr


def test_of_several_files_all_are_tried_and_the_first_failure_is_told(tmp_path: Path) -> None:
    document = {"csv": "a.csv", "figures": ["a.png"], "saved": "b"}
    writing = Writing(document)
    with writing.attempt("csv"):
        raise OSError(28, "No space left on device", "a.csv")
    with writing.attempt("figures"):
        raise DataError("the second")
    with writing.attempt("saved"):
        (tmp_path / "b").write_text("whole")
    assert document == {"csv": None, "figures": [], "saved": "b"}
    with pytest.raises(DataError, match=r"could not write a\.csv: No space left"):
        writing.end()


def test_what_is_written_ends_well() -> None:
    writing = Writing({})
    with writing.attempt("csv"):
        pass
    writing.end()
