"""Forks commands for the tests, from a process that has imported PyTorch: that takes seconds, and is done once.

    python -m tests.command_server NUMBER        the socket of this number listens for requests

All workers of a run of tests share it. It imports PyTorch at the first request, and ends when its stdin does.

A request is a connection of its own with one message: a JSON object (``program``, ``arguments``, ``folder``,
``environment``, ``session``, ``ends_itself``) with three descriptors, which are stdin, stdout and stderr of the
command. Back come the command's number, and its exit code once it has ended. It is there until the other side has
closed the connection, so that its number stays its own; one that runs still is killed then, unless it ends itself.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib
import json
import os
import select
import signal
import socket
import sys
import threading
import traceback
from typing import Any, NoReturn

MODULES = (
    "matplotlib.backends.backend_agg",
    "torch.nn.parallel",
    "dlhw.cli.app",
    "dlhw.cnn.figures_rates",
    "dlhw.cnn.study.study",
    "dlhw.cnn.sweep",
    "dlhw.hopfield.claims",
    "dlhw.learning.bands",
    "dlhw.learning.curves",
    "dlhw.learning.side_by_side",
    "dlhw.ocr.experiment",
    "dlhw.report.reproduction",
)
"""What is imported once, so that no command has to."""


def prepare() -> None:
    """Import all that commands need, and find out once what is the same for all: words, and what fonts can draw."""
    for name in MODULES:
        importlib.import_module(name)
    import torch

    from dlhw.ocr.rendering.fonts import evaluation_fonts
    from dlhw.ocr.words.source import WordSource

    evaluation_fonts(WordSource.checked().characters)

    for optimizer in (torch.optim.SGD, torch.optim.AdamW):  # which import torch's compiler when they are first made
        optimizer([torch.nn.Parameter(torch.zeros(1))])


def next_command(listener: socket.socket) -> dict[str, Any] | None:
    """The request of a command, in a process that is to be it; ``None`` in this process, when the tests have ended."""
    prepared = False
    either = select.poll()
    either.register(0, select.POLLIN)  # which has nothing to say but that it is closed
    either.register(listener, select.POLLIN)
    while True:
        if 0 in (descriptor for descriptor, _ in either.poll()):
            return None
        line, _ = listener.accept()
        if not prepared:
            prepare()
            prepared = True
        if not os.fork():
            listener.close()
            message, descriptors, _, _ = socket.recv_fds(line, 1 << 20, 3)
            if not message:
                os._exit(0)  # who asked has ended
            request: dict[str, Any] = json.loads(message)
            become(request, descriptors, line)
            return request
        line.close()
        with contextlib.suppress(ChildProcessError):  # those that have ended
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def become(request: dict[str, Any], streams: list[int], line: socket.socket) -> None:
    """Fork the command, and return in it; this process waits for it, and ends."""
    command = os.fork()
    if command:
        for descriptor in streams:
            os.close(descriptor)
        keep(command, line, ends_itself=request["ends_itself"])
    if request["session"]:
        os.setsid()
    with line:
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


def keep(command: int, line: socket.socket, *, ends_itself: bool) -> NoReturn:
    """Tell how a command ended."""
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
    if not ends_itself:
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
    job = next_command(socket.socket(fileno=int(sys.argv[1])))
    if job is None:
        os._exit(0)  # to take all modules apart takes a second
    main = sys.modules["__main__"]
    main.__spec__ = None
    del main.__file__  # processes that the command spawns need not import this file
    run(job["program"])
