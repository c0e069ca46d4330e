from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from dlhw.errors import RunError, UsageError
from dlhw.learning.run import newest_run, resume_run, start_run


def start(root: Path, **options: object) -> Path:
    with start_run("cnn-train", root=root, **options) as run:  # type: ignore[arg-type]
        run.write_config({"epochs": 3})
        return run.directory


def test_runs_are_numbered_and_never_overwritten(tmp_path: Path) -> None:
    assert [start(tmp_path).name for _ in range(3)] == ["1", "2", "3"]
    (tmp_path / "cnn-train" / "7").mkdir()
    assert start(tmp_path).name == "8"


def test_out_is_the_run_directory(tmp_path: Path) -> None:
    out = tmp_path / "a" / "b"
    assert start(tmp_path, out=out) == out
    with pytest.raises(RunError, match="already holds a run"):
        start(tmp_path, out=out)


def test_a_folder_of_other_files_is_never_touched(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    for force in (False, True):
        with pytest.raises(RunError, match="not of a run"):
            start(tmp_path, out=tmp_path, force=force)
    assert (tmp_path / "thesis.tex").read_text() == "years of work"


def test_force_starts_anew_and_removes_only_what_a_run_leaves(tmp_path: Path) -> None:
    out = tmp_path / "run"
    with start_run("cnn-train", out=out) as run:
        run.write_config({})
        run.member("lr0.1-seed42").write_metrics([])
        run.write_result({})
        (run.figures / "a.png").touch()
    (out / "notes.txt").write_text("mine")
    start(tmp_path, out=out, force=True)
    assert sorted(path.name for path in out.iterdir()) == ["config.json", "lock", "notes.txt"]


def test_force_needs_out(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no --out"):
        start(tmp_path, force=True)


def test_a_file_is_no_run_directory(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RunError, match="is a file"):
        start(tmp_path, out=tmp_path / "file")


def test_the_newest_unfinished_run_is_resumed(tmp_path: Path) -> None:
    for _ in range(3):
        start(tmp_path)
    (tmp_path / "cnn-train" / "3" / "result.json").write_text("{}")
    with resume_run("cnn-train", root=tmp_path) as run:
        assert run.directory.name == "2"
        assert run.config == {"command": "cnn-train", "epochs": 3}
    newest = newest_run("cnn-train", root=tmp_path)
    assert newest is not None
    assert newest.name == "3"


def test_there_may_be_nothing_to_resume(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no unfinished run"):
        resume_run("cnn-train", root=tmp_path)
    with pytest.raises(RunError, match="no run to resume"):
        resume_run("cnn-train", out=tmp_path)


def test_a_run_of_another_command_is_refused(tmp_path: Path) -> None:
    out = start(tmp_path)
    with pytest.raises(RunError, match="a run of cnn-train, not of ocr-train"):
        resume_run("ocr-train", out=out)


def test_the_lock_keeps_others_out_and_dies_with_its_process(tmp_path: Path) -> None:
    out = start(tmp_path)
    hold = "import sys, filelock; lock = filelock.FileLock(sys.argv[1]); lock.acquire()"
    hold += "; print('held', flush=True); sys.stdin.read()"
    holder = subprocess.Popen(
        [sys.executable, "-c", hold, str(out / "lock")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(RunError, match="another process"):
            resume_run("cnn-train", out=out)
        with pytest.raises(RunError, match="another process"):
            start_run("cnn-train", out=out, force=True)
        holder.kill()
    with resume_run("cnn-train", out=out):
        pass


def test_where_a_run_was_trained_before_is_kept(tmp_path: Path) -> None:
    with start_run("cnn-train", out=tmp_path / "run") as run:
        for threads in (1, 2, 3):
            run.write_environment({"threads": threads})
    text = (tmp_path / "run" / "environment.json").read_text()
    assert text.index("3") < text.index("1") < text.index("2")
