from __future__ import annotations

import errno
import json
import os
import resource
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dlhw.errors import RunError
from dlhw.learning.files import read_json, remove_temporaries, write_atomically, write_json
from dlhw.learning.schemas import Outcome


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


def test_a_pipe_is_written_to_and_stays_one(tmp_path: Path) -> None:
    """As /dev/null and /dev/stdout do, which whoever may write in /dev would otherwise replace by a file."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    write_atomically(path, b"content")
    assert os.read(reader, 100) == b"content"
    os.close(reader)
    assert path.is_fifo()
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_stays_and_its_file_is_replaced(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_bytes(b"old")
    link.symlink_to(target)
    write_atomically(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    dangling = tmp_path / "dangling"
    dangling.symlink_to(tmp_path / "missing")
    write_atomically(dangling, b"made")
    assert (tmp_path / "missing").read_bytes() == b"made"


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


@pytest.mark.parametrize(
    "content", [None, b"{", b"\xff\xfe", b"[" * 100_000, b'{"status": 1}', b'{"status": "finished", "epochs": NaN}']
)
def test_json_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(RunError, match=r"a\.json"):
        read_json(tmp_path / "a.json", Outcome)


def test_json_of_an_absurd_size_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "a.json").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(RunError, match="1,099,511,627,776 bytes"):
        read_json(tmp_path / "a.json", Outcome)


def test_damage_says_where_it_is_and_what_works(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"status": "finished", "epochs": "3"}')
    with pytest.raises(RunError, match=r"a\.json is damaged: .*\$\.epochs") as failure:
        read_json(tmp_path / "a.json", Outcome, works="the weights beside it work")
    assert failure.value.hint == "the weights beside it work"


@pytest.fixture
def fsync_of_a_folder(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Let every fsync of a folder fail with an error; files are synced as they are."""
    real = os.fsync

    def fail_with(number: int) -> None:
        def fsync(descriptor: int) -> None:
            if stat.S_ISDIR(os.fstat(descriptor).st_mode):
                raise OSError(number, os.strerror(number))
            real(descriptor)

        monkeypatch.setattr(os, "fsync", fsync)

    return fail_with


@pytest.mark.parametrize("number", [errno.EINVAL, errno.EBADF, errno.ENOTSUP, errno.ENOSYS])
def test_a_file_system_that_syncs_no_folders_is_written_to(
    tmp_path: Path, fsync_of_a_folder: Callable[[int], None], number: int
) -> None:
    fsync_of_a_folder(number)
    write_atomically(tmp_path / "file", b"new")
    assert (tmp_path / "file").read_bytes() == b"new"


def test_a_disk_that_fails_after_the_write_is_said_as_it_is(
    tmp_path: Path, fsync_of_a_folder: Callable[[int], None]
) -> None:
    fsync_of_a_folder(errno.EIO)
    with pytest.raises(RunError, match="file is written, but could not be flushed to the disk"):
        write_atomically(tmp_path / "file", b"new")
    assert (tmp_path / "file").read_bytes() == b"new"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_folder_that_cannot_be_read_is_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.open

    def refuse_folders(path: Path, flags: int, *more: int, **named: int) -> int:
        if Path(path).is_dir():
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return real(path, flags, *more, **named)

    monkeypatch.setattr(os, "open", refuse_folders)
    write_atomically(tmp_path / "file", b"new")
    assert (tmp_path / "file").read_bytes() == b"new"


def test_a_file_system_with_one_set_of_permissions_is_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, mode: int) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(Path, "chmod", refuse)
    write_atomically(tmp_path / "file", b"new")
    assert (tmp_path / "file").read_bytes() == b"new"


def test_what_a_killed_write_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    for name in (".a.json.x1y2", ".b.json.x1y2", "a.json", ".a"):
        (tmp_path / name).touch()
    remove_temporaries(tmp_path, "a.json")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".a", ".b.json.x1y2", "a.json"]
