from __future__ import annotations

import os
from pathlib import Path

import pytest

from dlhw.errors import DataError
from dlhw.learning.outputs import check_writable, make_folder


def test_trying_a_file_leaves_no_trace(tmp_path: Path) -> None:
    check_writable(tmp_path / "new.csv")
    assert not (tmp_path / "new.csv").exists()
    (tmp_path / "old.csv").write_text("kept")
    check_writable(tmp_path / "old.csv")
    assert (tmp_path / "old.csv").read_text() == "kept"


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="No such file or directory"):
        check_writable(tmp_path / "none" / "a.csv")
    with pytest.raises(DataError, match="Is a directory"):
        check_writable(tmp_path)


def test_a_folder_is_made_with_those_above_it(tmp_path: Path) -> None:
    make_folder(tmp_path / "a" / "b")
    make_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()


def test_a_folder_that_is_a_file_or_closed_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="cannot be made"):
        make_folder(tmp_path / "file")
    (tmp_path / "closed").mkdir(mode=0o500)
    if os.access(tmp_path / "closed", os.W_OK):
        pytest.skip("this user may write everywhere")
    with pytest.raises(DataError, match="cannot be written"):
        make_folder(tmp_path / "closed")
