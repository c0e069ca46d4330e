"""Forks ranks for the tests, as a command that :mod:`tests.command_server` has forked with PyTorch imported.

It reads a request a line on stdin, and writes its answer to stdout. A request is a JSON object: ``program``, ``size``,
``folder``, ``arguments``, ``environment``, ``wait_for`` and ``seconds``. The answer is a list of exit codes. All
processes of a request have ended when it comes: those that are not waited for, and those of a request that lasts too
long, are killed. So are all when stdin ends.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import time
import traceback
from typing import Any, NoReturn

from dlhw.learning.parallel import end_rank

LOOK = 20
"""Milliseconds between two looks at whether the ranks have ended."""


def answer(request: dict[str, Any]) -> list[int]:
    """Run one group of ranks, and return their exit codes."""
    ranks: list[int] = []
    for rank in range(request["size"]):
        process = os.fork()
        if not process:
            _be_rank(request, rank)
        ranks.append(process)
        os.setpgid(process, ranks[0])  # here, so that it is done when the next one asks for it
    gone = select.poll()
    gone.register(0, select.POLLHUP)
    wanted = {ranks[rank] for rank in request["wait_for"]}
    deadline = time.monotonic() + request["seconds"]
    while wanted and time.monotonic() < deadline and not gone.poll(LOOK):
        # They are not reaped: the first one's number stays that of the group.
        wanted = {each for each in wanted if os.waitid(os.P_PID, each, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None}
    os.killpg(ranks[0], signal.SIGKILL)  # and what they started
    return [os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) for process in ranks]


def _be_rank(request: dict[str, Any], rank: int) -> NoReturn:
    code = 1
    try:
        os.chdir(request["folder"])
        os.environ.clear()
        os.environ.update(request["environment"] | {"RANK": str(rank), "LOCAL_RANK": str(rank)})
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for descriptor, name in ((1, "out"), (2, "err")):
            os.dup2(os.open(f"{name}-{rank}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC), descriptor)
        sys.argv[1:] = request["arguments"]
        exec(compile(request["program"], "program", "exec"), {"__name__": "__main__"})
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:
        traceback.print_exc()
    end_rank(code)


def main() -> None:
    """Answer requests until there are no more."""
    for line in iter(sys.stdin.readline, ""):
        print(json.dumps(answer(json.loads(line))), flush=True)
