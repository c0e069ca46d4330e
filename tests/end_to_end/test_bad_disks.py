"""Disks that are full at each write of a training, folders that vanish, and memory over many epochs."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.damage import Record
from tests.end_to_end.test_random_signals import same
from tests.forking import forks

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked"),
    pytest.mark.nightly,
    pytest.mark.timeout(3600),
]

FULL_FROM_WRITE = """
import builtins, errno, io, os, pathlib, tempfile
number = int(pathlib.Path("write").read_text())
seen = 0

def guarded(open_file):
    def opened(file, mode="r", *arguments, **options):
        global seen
        if not isinstance(file, int) and set(mode) & set("wax+") and str(file) != os.devnull:
            seen += 1
            if number and seen >= number:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(file))
        return open_file(file, mode, *arguments, **options)
    return opened

def made(*arguments, **options):
    global seen
    seen += 1
    if number and seen >= number:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    return make(*arguments, **options)

make = tempfile.mkstemp
io.open = guarded(io.open)
builtins.open = guarded(builtins.open)
tempfile.mkstemp = made
import atexit
atexit.register(lambda: os.write(os.open("writes", os.O_CREAT | os.O_WRONLY | os.O_TRUNC), str(seen).encode()))
"""
"""From some write on, each file that is opened for writing or made fails as on a full disk."""

VANISHING = """
import pathlib, shutil
import dlhw.learning.loop as loop
save, times = loop.save_state, 0

def vanishing(path, *arguments):
    global times
    times += 1
    if times == 2:
        shutil.rmtree(pathlib.Path("run"))
    save(path, *arguments)

loop.save_state = vanishing
"""

RESIDENT = """
import os, pathlib
from dlhw.learning.trial_folder import TrialFolder
append = TrialFolder.append_metrics

def noting(self, row):
    append(self, row)
    pages = int(pathlib.Path("/proc/self/statm").read_text().split()[1])
    with open("resident", "a") as file:
        print(pages * os.sysconf("SC_PAGE_SIZE") // 1000, file=file)

TrialFolder.append_metrics = noting
"""

EPOCHS, FLAT = 300, 15_000
"""Kilobytes by which a training may grow from its first third to its end."""


def arguments(archive: Path, out: Path, epochs: int) -> list[str | Path]:
    common = ("--threads", "1", "--progress", "none", "--out", out)
    return ["cnn", "train", "--gap", "--data", archive, "--epochs", str(epochs), *common]


def test_a_disk_that_is_full_at_each_write_costs_nothing(
    archive: Path, tmp_path: Path, record_property: Record
) -> None:
    work, lost = tmp_path / "work", []
    with forks(work, before=FULL_FROM_WRITE) as starter:
        (work / "write").write_text("0")
        starter.run(*arguments(archive, work / "alone", 2))
        writes = int((work / "writes").read_text())
        assert writes >= 8
        for number in range(1, writes + 1):
            out = work / "run"
            shutil.rmtree(out, ignore_errors=True)
            (work / "write").write_text(str(number))
            command = starter.start(*arguments(archive, out, 2))
            code, said = command.wait(), command.stderr
            (work / "write").write_text("0")
            again = ["--resume"] if (out / "config.json").exists() else []
            went_on = starter.start(*arguments(archive, out, 2), *again)
            if went_on.wait() != 0 or not same(work / "alone", out):
                lost.append(f"write {number}, then: {went_on.stderr}")
            if (
                "Traceback" in said
                or "fault of dlhw" in said
                or code not in (0, 1)
                or (code == 1) != ("error:" in said)
            ):
                lost.append(f"write {number} ended with {code}: {said}")
    for key, value in {"kind": "disk", "name": "the disk is full", "n": writes, "failures": len(lost)}.items():
        record_property(key, value)
    assert not lost


def test_a_folder_that_vanishes_is_told(archive: Path, tmp_path: Path, record_property: Record) -> None:
    with forks(tmp_path / "work", before=VANISHING) as starter:
        command = starter.start(*arguments(archive, tmp_path / "work" / "run", 3))
        assert command.wait() == 1
        said = command.stderr
    for key, value in {"kind": "disk", "name": "the run's folder vanishes", "n": 1, "failures": 0}.items():
        record_property(key, value)
    assert "error: could not write" in said
    assert "Traceback" not in said


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="resident memory is read from /proc")
def test_memory_stays_flat_over_many_epochs(archive: Path, tmp_path: Path, record_property: Record) -> None:
    work = tmp_path / "work"
    with forks(work, before=RESIDENT) as starter:
        starter.run(*arguments(archive, work / "run", EPOCHS))
    resident = list(map(int, (work / "resident").read_text().split()))
    assert len(resident) == EPOCHS
    grown = max(resident[EPOCHS // 3 :]) - max(resident[: EPOCHS // 3])
    record_property("grown", grown)
    record_property("resident", max(resident))
    assert grown < FLAT, f"{grown:,} kB"
