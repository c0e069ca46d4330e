"""The process in which a person's file is executed, which :mod:`dlhw.foreign.process` starts."""

from __future__ import annotations

import importlib
import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

from dlhw.foreign.loading import describe_error, load_file

LOADING = "loading"
"""The first step."""


class Channel:
    """Through which a task answers.

    Args:
        descriptor: of the pipe.
        path: the person's file.
        seconds: of processor time for each step.
    """

    def __init__(self, descriptor: int, path: Path, seconds: float) -> None:
        self._descriptor = descriptor
        self._path = path
        self._seconds = seconds
        self._process = os.getpid()

    def step(self, name: str) -> None:
        """Say what begins now, for messages as "mine.py: loading did not finish". Its time is counted from here on."""
        self.answer("step", name=name)
        _limit_time(self._seconds)

    def answer(self, kind: str, **values: Any) -> None:
        """Write an answer of plain values."""
        if os.getpid() != self._process:
            os._exit(0)  # the file forked, and this is the other one
        line = (json.dumps({"kind": kind} | values) + "\n").encode()
        while line:
            line = line[os.write(self._descriptor, line) :]

    def describe(self, error: BaseException) -> dict[str, Any]:
        """An error of their code, as ``message`` and ``traceback``."""
        message, shown = describe_error(error, self._path)
        return {"message": message, "traceback": shown}


def main(request_descriptor: int, answer_descriptor: int) -> None:
    """Load the file, do the task, and end the process."""
    with os.fdopen(request_descriptor, encoding="utf-8") as file:
        request = json.load(file)
    threading.Thread(target=_leave_with_parent, args=(os.getppid(),), daemon=True).start()
    module_name, _, function = request["task"].partition(":")
    task = getattr(importlib.import_module(module_name), function)
    path = Path(request["path"])
    channel = Channel(answer_descriptor, path, request["seconds"])
    _limit_memory(request["memory"])
    channel.step(LOADING)
    sys.argv = [str(path)]  # as if it had been called without arguments
    try:
        module = load_file(path)
        task(module, request["request"], channel)
    except BaseException as error:  # SystemExit too: a file that exits is a file that cannot be used
        channel.answer("fault", **channel.describe(error))
    channel.answer("end")
    os._exit(0)  # threads and exit handlers of the file no longer matter


def _limit_memory(size: int) -> None:
    """Let this process have so many bytes that are its own, where the system counts them. Libraries are none."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (size, size))
    except (ImportError, OSError, ValueError):
        return


def _limit_time(seconds: float) -> None:
    """End this process when it has computed so much longer. Waiting is measured by the process that waits for it."""
    try:
        import resource

        limit = int(time.process_time() + seconds) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.getrlimit(resource.RLIMIT_CPU)[1]))
    except (ImportError, OSError, ValueError):
        return


def _leave_with_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
