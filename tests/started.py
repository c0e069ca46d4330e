"""Commands as processes of their own that start in milliseconds: see :mod:`tests.command_server`."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

MAIN = "from dlhw.__main__ import main\nmain()"
ROOT = Path(__file__).parents[1]
ADDRESS = "DLHW_TEST_COMMANDS"
"""The environment variable that holds where the process listens that starts commands."""


class Started:
    """A running command, with the part of :class:`subprocess.Popen` that tests use."""

    def __init__(
        self, line: socket.socket, stdin: IO[str] | None, stdout: IO[str] | None, stderr: IO[str] | None
    ) -> None:
        self._line, self.stdin, self.stdout, self.stderr = line, stdin, stdout, stderr
        self.returncode: int | None = None
        self.pid = int(self._heard())

    def poll(self) -> int | None:
        """Its exit code, or ``None`` while it runs."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(timeout=0)
        return self.returncode

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Wait for it, and return what else it writes to stdout and stderr, which are closed then.

        Raises:
            TimeoutExpired: it has not ended after ``timeout`` seconds, and is killed.
        """
        with ThreadPoolExecutor(2) as pool:
            written = [pool.submit(stream.read) if stream else None for stream in (self.stdout, self.stderr)]
            try:
                self.wait(timeout)
            except subprocess.TimeoutExpired:
                self.kill()
                raise
        out, err = ("" if each is None else each.result() for each in written)
        for stream in (self.stdout, self.stderr):
            if stream is not None:
                stream.close()
        return out, err

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, negative where a signal ended it.

        Raises:
            TimeoutExpired: it has not ended after ``timeout`` seconds.
        """
        if self.returncode is None:
            if not select.select([self._line], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired("dlhw", timeout or 0)
            self.returncode = int(self._heard())
            self._line.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal to it. It is there until it is waited for, also when it has ended."""
        if self.returncode is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, error: type[BaseException] | None, _: object, __: TracebackType | None) -> None:
        if error is not None:
            self.kill()
        for stream in (self.stdin, self.stdout, self.stderr):
            if stream is not None:
                stream.close()
        self.wait()

    def _heard(self) -> bytes:
        heard = self._line.recv(64)
        assert heard, "the process that starts commands has ended"
        return heard


def start(
    *arguments: str | Path,
    folder: Path,
    program: str = MAIN,
    stdout: int | IO[Any] = subprocess.PIPE,
    stderr: int | IO[Any] = subprocess.PIPE,
    stdin: int = subprocess.DEVNULL,
    environment: dict[str, str] | None = None,
    start_new_session: bool = False,
    ends_itself: bool = False,
) -> Started:
    """Start ``program``, by default ``dlhw …``, as :class:`subprocess.Popen` would.

    Args:
        ends_itself: when the tests end, so that nobody needs to kill it.
    """
    request = {
        "program": program,
        "arguments": list(map(str, arguments)),
        "folder": str(folder),
        "environment": dict(os.environ) if environment is None else environment,
        "session": start_new_session,
        "ends_itself": ends_itself,
    }
    given: list[int] = []
    opened: list[int] = []
    ours: list[IO[str] | None] = []
    for target, is_input in ((stdin, True), (stdout, False), (stderr, False)):
        end: IO[str] | None = None
        if target == subprocess.PIPE:
            read, write = os.pipe()
            theirs, kept = (read, write) if is_input else (write, read)
            opened.append(theirs)
            given.append(theirs)
            end = os.fdopen(kept, "w" if is_input else "r")
        elif target == subprocess.DEVNULL:
            opened.append(os.open(os.devnull, os.O_RDONLY if is_input else os.O_WRONLY))
            given.append(opened[-1])
        elif target == subprocess.STDOUT:
            given.append(given[-1])
        else:
            given.append(target if isinstance(target, int) else target.fileno())
        ours.append(end)
    line = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        line.connect(os.environ[ADDRESS])
        socket.send_fds(line, [json.dumps(request).encode()], given)
    finally:
        for descriptor in opened:
            os.close(descriptor)
    return Started(line, *ours)


class CommandServer:
    """Starts commands, for all workers of a run of tests: they find it by :data:`ADDRESS`."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="dlhw-tests-")
        os.environ[ADDRESS] = f"{self._folder.name}/commands"
        environment = os.environ | {"OMP_NUM_THREADS": "1", "XDG_CACHE_HOME": self._folder.name}
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
            listener.bind(os.environ[ADDRESS])
            listener.listen()
            self._server = subprocess.Popen(
                [sys.executable, "-m", "tests.command_server", str(listener.fileno())],
                pass_fds=[listener.fileno()], cwd=ROOT, stdin=subprocess.PIPE, start_new_session=True, env=environment,
            )  # fmt: skip

    def close(self) -> None:
        """End it. Commands that run still are not waited for."""
        self._server.kill()
        self._server.communicate()
        self._folder.cleanup()
