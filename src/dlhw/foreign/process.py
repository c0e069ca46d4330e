"""Starts the process in which a person's file is executed, and turns whatever happens there into answers or one error.

The process has a session of its own, so that all that the file starts is ended with it. Its standard streams lead
nowhere: a file may print and ask as it likes. What it answers comes through a pipe, a line of JSON at a time.
"""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from dlhw.errors import DataError, TheirFault, no_file
from dlhw.foreign.runner import LOADING

SECONDS = 20.0
"""Of processor time for loading the file, and for each step of the task."""

WAITING = 3.0
"""How many times longer may pass by the clock: on a busy machine computing takes longer, and a file may sleep."""

STARTING = 300.0
"""Seconds until Python and PyTorch are loaded: that is our doing, and a busy machine's."""

MEMORY = 4 * 2**30
"""Bytes of its own, of which Python and PyTorch take half a gigabyte."""

ANSWER_AT_MOST = 2**28
"""Bytes of one answer."""

Answer = dict[str, Any]
"""``kind``, and what the task tells."""


def check_there(path: Path) -> None:
    """Raise DataError where there is no such file."""
    if path.is_dir():
        raise DataError(f"{path} is a folder, where a file was expected", "name a file in it")
    if path.suffix == ".ipynb":
        raise DataError(
            f"{path} is a notebook, and a Python file was expected",
            "in Jupyter: File, Save and Export Notebook As, Executable Script",
        )
    if not path.is_file():
        raise DataError(no_file(path, f"{path}: there is no such file"), "check the path")


def run_file(path: Path, task: str, request: Mapping[str, Any], *, hint: str) -> Iterator[Answer]:
    """Execute a person's file and do a task with it there.

    Args:
        path: the file.
        task: ``package.module:function`` of this package, which the process calls with the file's module, ``request``
            and a :class:`dlhw.foreign.runner.Channel` to answer through.
        request: plain values for the task.
        hint: which file is expected, and how it is called.

    Yields:
        What the task answers.

    Raises:
        DataError: there is no such file; it does not end, or ends its process.
        TheirFault: it cannot be loaded, or a step of the task ends in an error of theirs.
    """
    check_there(path)
    whole = {"path": str(path.resolve()), "task": task, "request": request, "seconds": SECONDS, "memory": MEMORY}
    with _started(whole) as (process, descriptor):
        lines = _Lines(descriptor)
        step, limit = "", STARTING
        while True:
            line = lines.read(limit)
            if line is None:
                raise _ended(path, step, process, timed_out=not lines.closed)
            answer: Answer = json.loads(line)
            limit = SECONDS * WAITING
            if answer["kind"] == "end":
                return
            if answer["kind"] == "step":
                step = answer["name"]
            elif answer["kind"] == "fault":
                what = f"{path.name} cannot be loaded" if step == LOADING else f"{path.name}: {step}"
                hint = _install(answer["message"]) or hint
                raise TheirFault(f"{what}: {answer['message']}", hint, file=path.name, traceback=answer["traceback"])
            else:
                yield answer


def _install(message: str) -> str:
    """What to do about a module that is not there; empty for other errors."""
    found = re.match(r"ModuleNotFoundError: No module named '(\w+)", message)
    return f"install it beside dlhw, as in: uv pip install {found[1]}; or take its import out" if found else ""


def _ended(path: Path, step: str, process: subprocess.Popen[bytes], *, timed_out: bool) -> DataError:
    """The error for a process that answers no more."""
    if not step:
        return DataError("the process that executes a file did not start", "the machine may be out of memory")
    what = f"{path.name}: {step} did not finish"
    if not timed_out:
        try:
            code = process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            return DataError(f"{what}: it closed a file that it did not open", "take out os.close and os.closerange")
        if code != -signal.SIGXCPU:
            how = f"was ended by signal {-code}" if code < 0 else f"exited with code {code}"
            return DataError(f"{what}: its process {how}", "take out what ends the process, as os._exit does")
    if not timed_out:
        return DataError(
            f"{what} within {SECONDS:g} s of computing",
            "is there a loop that does not end, or a training at its top?",
        )
    return DataError(
        f"{what} within {SECONDS * WAITING:g} s by the clock, for {SECONDS:g} s of computing",
        "is there a sleep, or a question to the keyboard? If not, the machine is busy: try again when it is not",
    )


@contextmanager
def _started(request: Mapping[str, Any]) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """The process, and the pipe that its answers come through. All that it started ends with this context."""
    request_read, request_write = os.pipe()
    answer_read, answer_write = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "dlhw.foreign.runner", str(request_read), str(answer_write)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(request_read, answer_write),
        start_new_session=True,
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1", "MPLBACKEND": "Agg"},
    )
    os.close(request_read)
    os.close(answer_write)
    try:
        with suppress(BrokenPipeError), os.fdopen(request_write, "w", encoding="utf-8") as file:
            json.dump(request, file)
        yield process, answer_read
    finally:
        os.close(answer_read)
        for number in (signal.SIGTERM, signal.SIGKILL):  # the first lets the file's children clean up
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, number)
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=0.2)
        process.wait()


class _Lines:
    """Lines from a pipe, each within a time limit. Its end says little: a process that was forked holds it open."""

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
            if not part or len(self._buffer) > ANSWER_AT_MOST:
                self.closed = True
                return None
            self._buffer += part
        line, self._buffer = self._buffer.split(b"\n", 1)
        return line
