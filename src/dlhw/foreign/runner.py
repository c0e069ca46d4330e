"""The process in which a person's file is executed, which :mod:`dlhw.foreign.process` starts."""

from __future__ import annotations

import importlib
import json
import os
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import Any

from dlhw.foreign.loading import load_file


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
        """Say what begins now, in words that a sentence can begin with; its time is counted from here on."""
        self.answer("step", name=name)
        _limit_time(self._seconds)

    def answer(self, kind: str, **values: Any) -> None:
        """Tell something: plain values."""
        if os.getpid() != self._process:
            os._exit(0)  # the file forked, and this is the other one
        line = (json.dumps({"kind": kind} | values) + "\n").encode()
        while line:
            line = line[os.write(self._descriptor, line) :]

    def fault(self, error: BaseException) -> None:
        """Tell that their code ended in an error, with the traceback from their file on: what led there is ours."""
        frames = error.__traceback__
        while frames is not None and Path(frames.tb_frame.f_code.co_filename) != self._path:
            frames = frames.tb_next
        message = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        lines = traceback.format_exception(type(error), error, frames) if frames is not None else []
        self.answer("fault", message=message, traceback="".join(lines) or None)


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
    channel.step("loading it")
    try:
        module = load_file(path)
        task(module, request["request"], channel)
    except BaseException as error:  # SystemExit too: a file that exits is a file that cannot be used
        channel.fault(error)
    channel.answer("end")
    os._exit(0)  # threads and exit handlers of the file have nothing to say any more


def _limit_memory(size: int) -> None:
    """Let the file have so many bytes beside what Python and PyTorch have already, where the system can tell."""
    try:
        import resource

        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limit = pages * os.sysconf("SC_PAGE_SIZE") + size
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
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
