from __future__ import annotations

import errno
import gc
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import filelock
import pytest

from dlhw.errors import RunError, UsageError
from dlhw.learning.device import configure, environment
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
        run.trial_folder("lr0.1-seed42").write_metrics([])
        run.write_result({})
        (run.figures / "a.png").touch()
    (out / "notes.txt").write_text("mine")
    start(tmp_path, out=out, force=True)
    assert sorted(path.name for path in out.iterdir()) == ["config.json", "lock", "notes.txt"]


class Killed(BaseException):
    """As a kill ends it: nothing is caught, nothing tidied up."""


def kill_at(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Die at the removal of this number, counted from 0."""
    count = iter(range(1000))
    for name in ("unlink", "rmdir"):
        real = getattr(os, name)

        def remove(*where: object, real: Callable[..., None] = real, **how: object) -> None:
            if next(count) == number:
                raise Killed
            real(*where, **how)

        monkeypatch.setattr(os, name, remove)


@pytest.mark.parametrize("number", range(9))
def test_force_that_was_killed_can_be_repeated_and_nothing_old_is_gone_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    out = tmp_path / "run"
    with start_run("cnn-train", out=out) as run:
        run.write_config({"of": "the old run"})
        run.write_environment({})
        folder = run.trial_folder("lr0.1-seed42")
        folder.write_metrics([])
        folder.write_outcome({})
        for path in (folder.state_path, folder.best_path, run.figures / "a.png"):
            path.write_text("old")
        run.write_result({})
    with monkeypatch.context() as patch:
        kill_at(patch, number)
        with pytest.raises(Killed), start_run("cnn-train", out=out, force=True):
            pytest.fail("it removes less than that")
    gc.collect()  # the lock of the killed one
    with pytest.raises(RunError, match="already holds a run"):
        start_run("cnn-train", out=out)
    with resume_run("cnn-train", out=out) as run:
        assert run.config["of"] == "the old run"
    with start_run("cnn-train", out=out, force=True) as run:
        run.write_config({"of": "the new run"})
    assert sorted(path.name for path in out.rglob("*") if path.is_file()) == ["config.json", "lock"]


def test_a_start_that_was_killed_while_it_wrote_can_be_repeated(tmp_path: Path) -> None:
    out = tmp_path / "run"
    out.mkdir()
    (out / "lock").touch()
    (out / ".config.json.k1ll3d").touch()
    start(tmp_path, out=out)
    assert sorted(path.name for path in out.iterdir()) == ["config.json", "lock"]


def test_no_temporary_file_outlives_the_next_start(tmp_path: Path) -> None:
    out = start(tmp_path)
    (out / "lr0.1-seed42").mkdir()
    for name in (".result.json.k1ll3d", "lr0.1-seed42/.best.safetensors.k1ll3d", "lr0.1-seed42/.mine"):
        (out / name).touch()
    with resume_run("cnn-train", out=out):
        pass
    assert sorted(path.name for path in out.rglob(".*")) == [".mine"]


@pytest.mark.parametrize("error", [OSError(errno.ENOLCK, "No locks available"), NotImplementedError("no flock")])
def test_a_disk_without_locks_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(filelock.FileLock, "acquire", refuse)
    with pytest.raises(RunError, match=r"by a lock: (No locks|no flock)"):
        start(tmp_path)


def test_force_needs_out(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no `out`"):
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
            run.write_environment({**environment(configure("cpu", 1)), "threads": threads, "command_line": []})
    text = (tmp_path / "run" / "environment.json").read_text()
    places = [text.index(f'"threads": {threads}') for threads in (3, 1, 2)]
    assert places == sorted(places)
