"""Ways to start several ranks."""

from __future__ import annotations

import functools
import json
import os
import socket
import subprocess
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.started import ROOT, start


@dataclass(frozen=True)
class Ended:
    """What a rank left behind."""

    code: int
    stdout: str
    stderr: str


def run_ranks(
    program: str,
    size: int,
    folder: Path,
    *arguments: str | Path,
    environment: Mapping[str, str] | None = None,
    wait_for: Sequence[int] | None = None,
) -> list[Ended]:
    """Run a Python program on some ranks of this machine, started as ``srun`` would; what each of them left behind.

    Args:
        program: its text.
        size: how many ranks.
        folder: where they work.
        environment: further variables.
        wait_for: which ranks are waited for; by default all. The others are killed then.
    """
    common = os.environ | {"WORLD_SIZE": str(size), "LOCAL_WORLD_SIZE": str(size), "MASTER_ADDR": "127.0.0.1"}
    with reserved_port() as port:
        codes = _server().ask(
            {
                "program": textwrap.dedent(program),
                "size": size,
                "folder": str(folder),
                "arguments": [str(each) for each in arguments],
                "environment": common | {"MASTER_PORT": str(port), **(environment or {})},
                "wait_for": list(range(size) if wait_for is None else wait_for),
                "seconds": 200,
            }
        )
    return [
        Ended(code=code, stdout=(folder / f"out-{rank}").read_text(), stderr=(folder / f"err-{rank}").read_text())
        for rank, code in enumerate(codes)
    ]


class _Server:
    """The process that forks ranks for this one's tests. It ends with this process."""

    def __init__(self) -> None:
        program = "from tests.rank_server import main\nmain()"
        self._process = start(folder=ROOT, program=program, stdin=subprocess.PIPE, stderr=2, ends_itself=True)

    def ask(self, request: Mapping[str, Any]) -> list[int]:
        """Run one group of ranks; their exit codes."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            codes: list[int] = json.loads(self._process.stdout.readline())
        except BaseException:  # such as the time limit of a test: what is going on belongs to no test any more
            self._process.stdin.close()
            _server.cache_clear()
            raise
        return codes


@functools.cache
def _server() -> _Server:
    return _Server()


COMMAND = "from dlhw.cli.app import main; main()"
"""A program that is the command line ``dlhw …``."""


@contextmanager
def reserved_port() -> Iterator[int]:
    """A port of this machine that nobody else is given meanwhile, and on which rank 0 can listen.

    This process holds its number without listening. Linux gives a number that is held to nobody who asks for any, and
    lets a second socket have it, by this option of both, as long as one of them alone listens.
    """
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        yield int(held.getsockname()[1])
