"""The file of a reading that is continued: what it holds, and what it takes for its own."""

from __future__ import annotations

import json
import resource
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlhw.errors import DataError
from dlhw.ocr.readings_file import ReadingsFile, as_line

NAMES = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), max_size=8)


@given(names=NAMES, others=NAMES, data=st.data())
def test_a_file_cut_anywhere_holds_its_whole_lines(names: list[str], others: list[str], data: st.DataObject) -> None:
    content = b"".join(as_line({"image": name, "text": "é\n"}) for name in names)
    cut = data.draw(st.integers(0, len(content)))
    kept = content[:cut].count(b"\n")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "texts.jsonl"
        path.write_bytes(content[:cut])
        with ReadingsFile(path) as file:
            assert len(file) == len(set(names[:kept]))
            assert all(file.holds(name) for name in names[:kept])
            assert not any(file.holds(name) for name in {*others, *names} - set(names[:kept]))
            file.append([{"image": "new"}, {"image": "newer"}])
        rows = [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]]
        assert [row["image"] for row in rows] == [*names[:kept], "new", "newer"]


def test_a_file_has_one_writer(tmp_path: Path) -> None:
    with ReadingsFile(tmp_path / "texts.jsonl"), pytest.raises(DataError, match="another process writes"):
        ReadingsFile(tmp_path / "texts.jsonl")
    with ReadingsFile(tmp_path / "texts.jsonl") as file:
        assert len(file) == 0


def test_a_full_disk_is_said_and_costs_no_line(tmp_path: Path) -> None:
    path = tmp_path / "texts.jsonl"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with ReadingsFile(path) as file:
        file.append([{"image": "first"}])
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (30, hard))
            with pytest.raises(DataError, match="cannot be written: File too large"):
                file.append([{"image": "second"}])
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.stat().st_size == 30
    with ReadingsFile(path) as file:
        assert file.holds("first")
        assert not file.holds("second")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no devices here")
@pytest.mark.parametrize("path", [Path("/dev/full"), Path("/dev")])
def test_what_is_no_file_is_refused(path: Path) -> None:
    with pytest.raises(DataError, match="not a file that lines can be appended to"):
        ReadingsFile(path)


def test_lines_that_no_program_of_ours_wrote_are_told_or_kept(tmp_path: Path) -> None:
    path = tmp_path / "readings.jsonl"
    path.write_text('{"image": ' + '{"a":' * 3000 + "1" + "}" * 3000 + "}\n")
    with pytest.raises(DataError, match="line 1, is not a result"):
        ReadingsFile(path)
    path.write_text('{"image": "\\ud800.png"}\n')
    with ReadingsFile(path) as file:
        assert file.holds("\ud800.png")
