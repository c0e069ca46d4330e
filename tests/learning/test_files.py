from __future__ import annotations

import json
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from dlhw.errors import RunError
from dlhw.learning.files import read_json, write_atomically, write_json


@pytest.fixture
def small_disk() -> Iterator[None]:
    """The kernel refuses files above 1,000 bytes, as a full disk would."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_the_old_file_stays_whole_when_the_disk_is_full(tmp_path: Path, small_disk: None) -> None:
    path = tmp_path / "weights"
    write_atomically(path, b"old")
    with pytest.raises(RunError, match=r"could not write .*weights"):
        write_atomically(path, b"new" * 1000)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path], "the temporary file is gone"


def test_a_file_replaces_the_old_one_and_can_be_read_by_others(tmp_path: Path) -> None:
    path = tmp_path / "file"
    other = tmp_path / "other"
    other.touch()
    write_atomically(path, b"old")
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode == other.stat().st_mode


def test_json_has_no_nan(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"value": None})
    assert json.loads((tmp_path / "a.json").read_text()) == {"value": None}
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "a.json", {"value": float("nan")})


@pytest.mark.parametrize("content", [None, b"{", b"\xff\xfe"])
def test_json_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(RunError, match=r"a\.json"):
        read_json(tmp_path / "a.json")
