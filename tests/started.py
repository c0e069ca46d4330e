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
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

MAIN = "from dlhw.__main__ import main\nmain()"
ROOT = Path(__file__).parents[1]


class Started:
    """A running command, with the part of :class:`subprocess.Popen` that tests use."""

    def __init__(self, line: socket.socket, stdout: IO[str] | None, stderr: IO[str] | None) -> None:
        self._line, self.stdout, self.stderr = line, stdout, stderr
        self.returncode: int | None = None
        self.pid = int(self._heard())

    def poll(self) -> int | None:
        """Its exit code, or ``None`` while it runs."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(timeout=0)
        return self.returncode

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Wait for it, and return what else it writes to stdout and stderr.

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
        for stream in (self.stdout, self.stderr):
            if stream is not None:
                stream.close()
        self.wait()

    def _heard(self) -> bytes:
        heard = self._line.recv(64)
        assert heard, "the process that starts commands has ended"
        return heard


class CommandServer:
    """Starts commands. The process that has imported PyTorch begins with the first of them."""

    def __init__(self) -> None:
        self._server: subprocess.Popen[bytes] | None = None
        self._requests: socket.socket | None = None

    def start(
        self,
        *arguments: str | Path,
        folder: Path,
        program: str = MAIN,
        stdout: int | IO[Any] = subprocess.PIPE,
        stderr: int | IO[Any] = subprocess.PIPE,
        stdin: int = subprocess.DEVNULL,
        environment: dict[str, str] | None = None,
        start_new_session: bool = False,
    ) -> Started:
        """Start ``program``, by default ``dlhw …``, as :class:`subprocess.Popen` would."""
        request = {
            "program": program,
            "arguments": list(map(str, arguments)),
            "folder": str(folder),
            "environment": dict(os.environ) if environment is None else environment,
            "session": start_new_session,
        }
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        given: list[int] = []
        opened: list[int] = [theirs.detach()]
        readers: list[IO[str] | None] = []
        for target, flags in ((stdin, os.O_RDONLY), (stdout, os.O_WRONLY), (stderr, os.O_WRONLY)):
            reader: IO[str] | None = None
            if target == subprocess.PIPE:
                read, write = os.pipe()
                opened.append(write)
                given.append(write)
                reader = os.fdopen(read)
            elif target == subprocess.DEVNULL:
                opened.append(os.open(os.devnull, flags))
                given.append(opened[-1])
            elif target == subprocess.STDOUT:
                given.append(given[-1])
            else:
                given.append(target if isinstance(target, int) else target.fileno())
            readers.append(reader)
        try:
            socket.send_fds(self._asked(), [json.dumps(request).encode()], [*given, opened[0]])
        finally:
            for descriptor in opened:
                os.close(descriptor)
        return Started(ours, *readers[1:])

    def close(self) -> None:
        """End the server. Commands that run still are not waited for."""
        if self._server is not None and self._requests is not None:
            self._requests.close()
            self._server.kill()
            self._server.wait()

    def _asked(self) -> socket.socket:
        if self._requests is None:
            self._requests, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with theirs:
                self._server = subprocess.Popen(
                    [sys.executable, "-m", "tests.command_server", str(theirs.fileno())],
                    pass_fds=[theirs.fileno()], cwd=ROOT, stdin=subprocess.DEVNULL, start_new_session=True,
                )  # fmt: skip
        return self._requests
