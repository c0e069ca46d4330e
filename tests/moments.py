"""Signals to a command at exact moments of its work, by their cause: a file that is about to change, or has half.

A moment is the k-th of the *events* in the run's own folder: a file opened for writing, half of a write, a rename, a
removal. From there on the command may go on for so many calls of Python functions. So a moment is the same on a busy
machine, and no signal comes too late. Imports nothing that is slow: workers load it before anything else.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

PLAN = "DLHW_TEST_MOMENT"
PROCESS = "DLHW_TEST_COMMAND"
CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "os.chmod"}
WRITING = os.O_WRONLY | os.O_RDWR


@dataclass(frozen=True, kw_only=True)
class Moment:
    """When a command gets a signal."""

    within: str
    """What the paths of its own files begin with."""

    notes: str
    """A file with a line an event: what happened, and that the signal was sent."""

    event: int = 0
    """After how many events, counted from 1; 0 for never."""

    calls: int = 0
    """After how many calls of functions more."""

    number: int = 0
    """The signal."""

    in_worker: bool = False
    """Whether a worker's events count; the signal goes to the command all the same."""

    to_itself: bool = False
    """Whether the process whose event it was gets the signal."""


def arm(moment: Moment, folder: Path) -> None:
    """Watch this process, which is the command, and those that it spawns.

    Args:
        moment: when.
        folder: for a file that makes Python load this module in workers.
    """
    root = Path(__file__).parent.parent
    start = f"import sys; sys.path.append({str(root)!r}); import tests.moments; tests.moments.arm_worker()"
    (folder / "sitecustomize.py").write_text(start)
    os.environ |= {PLAN: json.dumps(asdict(moment)), PROCESS: str(os.getpid()), "PYTHONPATH": str(folder)}
    if not moment.in_worker:
        _Watch(moment).install()


def arm_worker() -> None:
    """Watch a process that the command spawned."""
    moment = Moment(**json.loads(os.environ[PLAN]))
    if moment.in_worker and "--multiprocessing-fork" in sys.orig_argv:
        _Watch(moment).install()


class _Watch:
    def __init__(self, moment: Moment) -> None:
        self._moment = moment
        self._seen = 0
        self._calls = moment.calls
        self._notes = os.open(moment.notes, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def install(self) -> None:
        io.open = self._opened(io.open)  # pathlib looks it up here
        os.fdopen = self._opened(os.fdopen)
        sys.addaudithook(self._audited)

    def _audited(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, mode, flags = arguments
            writes = set(mode) & set("wax+") if isinstance(mode, str) else (flags or 0) & WRITING
            if writes:
                self._happened("open", path)
        elif event in CHANGES:
            self._happened(event.removeprefix("os."), arguments[0])

    def _happened(self, what: str, path: object) -> None:
        name = os.fsdecode(path) if isinstance(path, str | bytes | os.PathLike) else ""
        if name.startswith(self._moment.within) and not name.endswith(".lock"):
            self._count(f"{what} {Path(name).name}")

    def _count(self, what: str) -> None:
        self._seen += 1
        os.write(self._notes, f"{what}\n".encode())
        if self._seen == self._moment.event:
            if self._moment.calls:
                sys.setprofile(self._called)
            else:
                self._send()

    def _called(self, *_: object) -> None:
        self._calls -= 1
        if self._calls <= 0:
            sys.setprofile(None)
            self._send()

    def _send(self) -> None:
        command = os.environ[PROCESS]
        with contextlib.suppress(ProcessLookupError, FileExistsError):
            os.open(f"{self._moment.notes}-of-{command}", os.O_CREAT | os.O_EXCL)  # the first of the workers alone
            os.write(self._notes, b"signal\n")
            os.kill(os.getpid() if self._moment.to_itself else int(command), self._moment.number)

    def _opened(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def opened(file: Any, mode: str = "r", *arguments: Any, **options: Any) -> Any:
            stream = real(file, mode, *arguments, **options)
            own = isinstance(file, int) or os.fspath(file).startswith(self._moment.within)
            return _InTwo(stream, self._count) if own and set(mode) & set("wax") else stream

        return opened


class _InTwo:
    """A file of which half is written, and then the rest."""

    def __init__(self, stream: Any, count: Callable[[str], None]) -> None:
        self._stream, self._count = stream, count

    def write(self, content: Any) -> int:
        half = len(content) // 2
        written = int(self._stream.write(content[:half]))
        self._stream.flush()
        self._count("half of a write")
        return written + int(self._stream.write(content[half:]))

    def __enter__(self) -> _InTwo:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def events(notes: Path) -> list[str]:
    """What happened, in order; ``signal`` where it was sent."""
    return notes.read_text().splitlines() if notes.exists() else []


def armed(moment: Moment) -> str:
    """Python that arms a command in its folder, before it runs."""
    return f"import pathlib, tests.moments as m; m.arm(m.Moment(**{asdict(moment)!r}), pathlib.Path.cwd())"
