"""Runs a person's file in a process of its own, and turns whatever it does there into answers or into one error."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dlhw.errors import DataError

SECONDS = 20.0
"""Of processor time for loading the file, and for each function."""

WAITING = 3.0
"""How many times longer may pass by the clock: on a busy machine computing takes longer, and a file may sleep."""

STARTING = 300.0
"""Seconds until Python and PyTorch are loaded: that is our doing, and a busy machine's."""

MEMORY = 3 * 2**30
"""Bytes, of which Python and PyTorch take half a gigabyte."""

LINE_AT_MOST = 2**28
"""Bytes of an answer."""


class TheirFault(DataError):
    """A fault inside the person's file.

    Args:
        traceback: theirs, from their file on.
    """

    def __init__(self, message: str, hint: str, traceback: str | None = None) -> None:
        super().__init__(message, hint)
        self.traceback = traceback


def run_file(path: Path, functions: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Execute a file and call its functions.

    Args:
        path: the person's file.
        functions: ``name``, ``names`` it may have, ``shape``, ``batch_only`` and ``memories`` to call it on, each.

    Yields:
        The answers of the runner: ``loaded``, then ``missing`` or ``done`` for each function.

    Raises:
        DataError: there is no such file, or it hangs, or its process ends.
        TheirFault: it cannot be loaded.
    """
    if not path.is_file():
        raise DataError(f"{path}: there is no such file", "give a Python file with functions as energy(q, X, beta)")
    request = {
        "path": str(path.resolve()),
        "functions": functions,
        "memory": MEMORY,
        "seconds": SECONDS,
    }
    with _started(request) as (process, answers):
        stage, limit = "start", STARTING
        lines = _Lines(answers)
        while True:
            line = lines.read(limit)
            if line is None:
                raise _ended(path, stage, process, timed_out=not lines.closed)
            answer: dict[str, Any] = json.loads(line)
            kind, limit = answer["kind"], SECONDS * WAITING
            if kind == "end":
                return
            if kind == "fault":
                raise TheirFault(f"{path.name} cannot be loaded: {answer['message']}", _HINT, answer["traceback"])
            if kind in {"loaded", "missing", "done"}:
                yield answer
            stage = {"ready": "load", "begun": answer.get("name", "")}.get(kind, "next function")


_HINT = "mend it there; its functions are called as energy(q, X, beta), with X a pattern a row"


def _ended(path: Path, stage: str, process: subprocess.Popen[bytes], *, timed_out: bool) -> DataError:
    """What to say of a process that answers no more."""
    if stage == "start":
        return DataError("the process that checks a file did not start", "the machine may be out of memory")
    what = f"{path.name} did not finish loading" if stage == "load" else f"{stage} in {path.name} did not return"
    if not timed_out:
        try:
            code = process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            return DataError(f"{what}: it closed a file that it did not open", "take out os.close and os.closerange")
        if code != -signal.SIGXCPU:
            how = f"was ended by signal {-code}" if code < 0 else f"exited with code {code}"
            return DataError(f"{what}: its process {how}", "take out what ends the process, as os._exit does")
    return DataError(
        f"{what} within {SECONDS:g} s of computing, or {SECONDS * WAITING:g} s of waiting",
        "is there a loop that does not end, a sleep, or a training at its top?",
    )


@contextmanager
def _started(request: dict[str, Any]) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """The process and the channel of its answers. All that belongs to it is ended with this context."""
    request_read, request_write = os.pipe()
    answer_read, answer_write = os.pipe()
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1", "MPLBACKEND": "Agg"}
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "dlhw.hopfield.checking.runner", str(request_read), str(answer_write)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(request_read, answer_write),
        start_new_session=True,
        env=environment,
    )
    os.close(request_read)
    os.close(answer_write)
    try:
        with os.fdopen(request_write, "w", encoding="utf-8") as file:
            json.dump(request, file)
        yield process, answer_read
    finally:
        os.close(answer_read)
        # Whatever the file started is in the same group, unless it took pains to leave it.
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(process.pid, number)
            except (ProcessLookupError, PermissionError):
                break
            if number == signal.SIGTERM:
                _wait_shortly(process)
        process.wait()


def _wait_shortly(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(timeout=0.2)
    except subprocess.TimeoutExpired:
        return


class _Lines:
    """Lines from a pipe, each within a time limit. Never read to its end: a process that was forked holds it open."""

    def __init__(self, descriptor: int) -> None:
        self.closed = False
        self._descriptor = descriptor
        self._buffer = b""

    def read(self, seconds: float) -> bytes | None:
        """The next line; ``None`` where the time is over or the other side has closed."""
        until = time.monotonic() + seconds
        while b"\n" not in self._buffer:
            left = until - time.monotonic()
            if left <= 0 or not select.select([self._descriptor], [], [], left)[0]:
                return None
            part = os.read(self._descriptor, 2**20)
            if not part or len(self._buffer) > LINE_AT_MOST:
                self.closed = True
                return None
            self._buffer += part
        line, self._buffer = self._buffer.split(b"\n", 1)
        return line
