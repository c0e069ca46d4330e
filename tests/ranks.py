"""Ways to start several ranks."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Ended:
    """What a rank left behind."""

    code: int
    stdout: str
    stderr: str


FORK = """
import os, pathlib, sys, traceback
import torch, dlhw.cli.app, dlhw.learning.parallel, torch.nn.parallel  # which takes seconds, and serves all ranks

program, size, *sys.argv[1:] = sys.argv[1:]
program = compile(program, "program", "exec")
ranks = []
for rank in range(int(size)):
    ranks.append(os.fork())
    if ranks[-1]:
        pathlib.Path(f"pid-{rank}").write_text(str(ranks[-1]))
        continue
    os.environ |= {"RANK": str(rank), "LOCAL_RANK": str(rank)}
    for descriptor, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(f"{name}-{rank}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC), descriptor)
    code = 0
    try:
        exec(program, {"__name__": "__main__"})
    except SystemExit as ended:
        code = ended.code or 0
    except BaseException:
        traceback.print_exc()
        code = 1
    dlhw.learning.parallel.end_rank(code)
waited = [int(rank) for rank in os.environ["WAIT_FOR"].split()]
codes = {rank: os.waitpid(ranks[rank], 0)[1] for rank in waited}
for rank in set(range(int(size))) - set(waited):
    os.kill(ranks[rank], 9)
    codes[rank] = os.waitpid(ranks[rank], 0)[1]
print(*(os.waitstatus_to_exitcode(codes[rank]) for rank in range(int(size))))
"""


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
    common |= {"WAIT_FOR": " ".join(map(str, range(size) if wait_for is None else wait_for))}
    common |= {"MASTER_PORT": str(free_port()), **(environment or {})}
    command = [sys.executable, "-c", FORK, textwrap.dedent(program), str(size), *map(str, arguments)]
    forked = subprocess.run(
        command, cwd=folder, env=common, capture_output=True, text=True, check=True, timeout=200, start_new_session=True
    )
    return [
        Ended(code=int(code), stdout=(folder / f"out-{rank}").read_text(), stderr=(folder / f"err-{rank}").read_text())
        for rank, code in enumerate(forked.stdout.split())
    ]


COMMAND = "from dlhw.cli.app import main; main()"
"""A program that is the command line ``dlhw …``."""


def free_port() -> int:
    """A port that no process of this machine listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def torchrun(size: int, *arguments: str | Path, options: tuple[str, ...] = ()) -> list[str]:
    """The command line that runs ``dlhw …`` on some ranks of this machine."""
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(size), *options]
    return [*launcher, "-m", "dlhw", *map(str, arguments)]
