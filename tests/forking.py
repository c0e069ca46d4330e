"""Commands as processes of their own that start in milliseconds: forked from one that has imported PyTorch."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.started import ROOT, Started, start

SERVER = """
import json, os, select, signal, sys
import dlhw.cli.app, tests.moments

def run(job):
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # which nohup, around the tests, has ignored
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(job["folder"])
    for number, name in ((0, os.devnull), (1, job["out"]), (2, job["err"])):
        os.dup2(os.open(name, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644), number)
    sys.argv = ["dlhw", *job["arguments"]]
    exec(job["before"], {})
    dlhw.cli.app.main()

# The end of stdin ends this process, and the command with it: whatever ends the tests closes that.
gone = select.poll()
gone.register(0, select.POLLHUP)
for line in sys.stdin:
    pid = os.fork()
    if pid == 0:
        os.setsid()
        run(json.loads(line))
    print(pid, flush=True)
    asked = sys.stdin.readline()
    while asked and not gone.poll(20):
        if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            break
    else:
        os.kill(pid, signal.SIGKILL)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
"""


class Command:
    """A running ``dlhw …``."""

    def __init__(self, server: Started, folder: Path) -> None:
        self._server, self._folder = server, folder
        self.pid = int(self._answer())

    def send_signal(self, number: int) -> None:
        """Send a signal to it. It is there until it is waited for, also when it has ended."""
        os.kill(self.pid, number)

    def wait(self) -> int:
        """Its exit code, negative where a signal ended it."""
        self._say("")
        return int(self._answer())

    @property
    def stdout(self) -> str:
        return (self._folder / ".stdout").read_text()

    @property
    def stderr(self) -> str:
        return (self._folder / ".stderr").read_text()

    def _say(self, line: str) -> None:
        assert self._server.stdin is not None
        self._server.stdin.write(line + "\n")
        self._server.stdin.flush()

    def _answer(self) -> str:
        assert self._server.stdout is not None
        return self._server.stdout.readline()


class Forks:
    """Starts commands, one at a time, in a folder.

    Args:
        server: runs :data:`SERVER`.
        folder: where they work.
        before: Python that each runs before its command, say to make it smaller.
    """

    def __init__(self, server: Started, folder: Path, before: str) -> None:
        self._server, self._folder, self._before = server, folder, before

    def start(self, *arguments: str | Path, before: str = "") -> Command:
        """Start ``dlhw …``, whose stdout and stderr go to files, after some Python of its own."""
        out, err = self._folder / ".stdout", self._folder / ".stderr"
        for path in (out, err):
            path.unlink(missing_ok=True)
        job = {
            "folder": str(self._folder),
            "arguments": list(map(str, arguments)),
            "before": f"{self._before}\n{before}",
            "out": str(out),
            "err": str(err),
        }
        assert self._server.stdin is not None
        self._server.stdin.write(json.dumps(job) + "\n")
        self._server.stdin.flush()
        return Command(self._server, self._folder)

    def run(self, *arguments: str | Path, before: str = "") -> Command:
        """Run ``dlhw …`` to its end, which has to be good."""
        command = self.start(*arguments, before=before)
        code = command.wait()
        assert code == 0, f"{code}: {command.stderr}"
        return command


@contextmanager
def forks(folder: Path, *, before: str = "") -> Iterator[Forks]:
    """What starts commands in a folder."""
    folder.mkdir(exist_ok=True)
    with start(folder=ROOT, program=SERVER, stdin=subprocess.PIPE, stderr=2, ends_itself=True) as server:
        yield Forks(server, folder, before)
        assert server.stdin is not None
        server.stdin.close()
