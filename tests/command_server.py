"""Forks commands for the tests, from a process that has imported PyTorch: that takes seconds, and is done once.

    python -m tests.command_server NUMBER        requests come through the socket of this number

A request is a JSON object (``program``, ``arguments``, ``folder``, ``environment``, ``session``) with four descriptors:
stdin, stdout and stderr of the command, and a socket of its own. Through that one go the command's number first, and
its exit code once it has ended. It is there until the other side has closed the socket, so that its number stays its
own; one that runs still is killed then.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
import signal
import socket
import sys
import threading
import traceback
from typing import Any, NoReturn

import matplotlib.backends.backend_agg  # noqa: F401 - so that no command has to
import torch

import dlhw.cli.app
import dlhw.cnn.figures_rates
import dlhw.cnn.study.study
import dlhw.cnn.sweep
import dlhw.learning.bands
import dlhw.learning.side_by_side
import dlhw.ocr.experiment
import dlhw.report.reproduction  # noqa: F401


def next_command(requests: socket.socket) -> dict[str, Any] | None:
    """The request of a command, in a process that is to be it; ``None`` in this process, when there are no more."""
    while True:
        message, descriptors, _, _ = socket.recv_fds(requests, 1 << 20, 4)
        if not message:
            return None
        if not os.fork():
            requests.close()
            request: dict[str, Any] = json.loads(message)
            become(request, descriptors)
            return request
        for descriptor in descriptors:
            os.close(descriptor)
        with contextlib.suppress(ChildProcessError):  # those that have ended
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def become(request: dict[str, Any], descriptors: list[int]) -> None:
    """Fork the command, and return in it; this process waits for it, and ends."""
    *streams, number = descriptors
    command = os.fork()
    if command:
        for descriptor in streams:
            os.close(descriptor)
        keep(command, socket.socket(fileno=number))
    if request["session"]:
        os.setsid()
    with socket.socket(fileno=number) as line:
        line.send(str(os.getpid()).encode())
    for descriptor, stream in enumerate(streams):
        os.dup2(stream, descriptor)
        os.close(stream)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    encoding = request["environment"].get("PYTHONIOENCODING", "utf-8")
    sys.stdin = os.fdopen(0, encoding=encoding, closefd=False)
    sys.stdout = os.fdopen(1, "w", encoding=encoding, closefd=False)
    sys.stderr = os.fdopen(2, "w", 1, encoding, "backslashreplace", closefd=False)
    sys.argv = ["dlhw", *request["arguments"]]


def keep(command: int, line: socket.socket) -> None:
    """Tell how a command ended, and never return."""
    ended = os.pidfd_open(command)
    either = select.poll()
    either.register(ended, select.POLLIN)
    either.register(line, select.POLLIN)  # which has nothing to say but that it is closed
    if ended in (descriptor for descriptor, _ in either.poll()):
        status = os.waitid(os.P_PID, command, os.WEXITED | os.WNOWAIT)
        assert status is not None
        code = status.si_status if status.si_code == os.CLD_EXITED else -status.si_status
        with contextlib.suppress(ConnectionError):
            line.send(str(code).encode())
            line.recv(1)
    with contextlib.suppress(ProcessLookupError):
        os.kill(command, signal.SIGKILL)
    os.waitpid(command, 0)
    os._exit(0)


def run(program: str) -> NoReturn:
    """Run a program as Python does, but for taking all modules apart at the end, which takes a second."""
    code = 0
    try:
        exec(compile(program, "program", "exec"), {"__name__": "__main__"})
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:
        traceback.print_exc()
        code = 1
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            code = 120  # as Python has it
    os._exit(code)


if __name__ == "__main__":
    for optimizer in (torch.optim.SGD, torch.optim.AdamW):  # which import torch's compiler when they are first made
        optimizer([torch.nn.Parameter(torch.zeros(1))])
    job = next_command(socket.socket(fileno=int(sys.argv[1])))
    if job is None:
        os._exit(0)  # to take all modules apart takes a second
    main = sys.modules["__main__"]
    main.__spec__ = None
    del main.__file__  # processes that the command spawns need not import this file
    run(job["program"])
