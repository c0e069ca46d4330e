"""Workers of a command that tests fork: forked from it, where :mod:`multiprocessing` would start Python for each.

A worker begins as one that is spawned does, with the descriptors, the command line and the handlers of signals of a
new process. But what its parent has imported it need not import, PyTorch above all. The parent must have one thread
and must not have computed, so that nothing is locked: this is for commands of :mod:`tests.command_server`.
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from multiprocessing import util
from typing import NoReturn

FORKED_WORKERS = "import tests.forked_workers\ntests.forked_workers.fork_workers()\n"
"""To be put before a command."""


def fork_workers() -> None:
    """From here on, workers of this process are forked."""
    util.spawnv_passfds = _forked  # type: ignore[assignment]


def _forked(_: object, arguments: Sequence[str | bytes], descriptors: Sequence[int]) -> int:
    """As :func:`multiprocessing.util.spawnv_passfds`."""
    process = os.fork()
    if not process:
        _be_worker([os.fsdecode(each) for each in arguments], descriptors)
    return process


def _be_worker(arguments: list[str], descriptors: Sequence[int]) -> NoReturn:
    kept = [2, *sorted(descriptors), os.sysconf("SC_OPEN_MAX")]
    for low, high in itertools.pairwise(kept):
        os.closerange(low + 1, high)
    for number in signal.valid_signals():
        if callable(signal.getsignal(number)):
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    program = arguments.index("-c") + 1
    sys.orig_argv[:], sys.argv[1:] = arguments, arguments[program + 1 :]
    code = 1
    try:
        if "DLHW_TEST_MOMENT" in os.environ:  # which a spawned worker finds at its start
            import tests.moments

            tests.moments.arm_worker()
        exec(arguments[program], {"__name__": "__main__"})
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:
        traceback.print_exc()
    for stream in (sys.stdout, sys.stderr):
        if not stream.closed:
            stream.flush()
    os._exit(code)
