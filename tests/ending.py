"""SIGTERM ends a run of tests, with all that its tests have started. Imports nothing that is slow."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path


def pytest_configure() -> None:
    """SIGTERM ends the tests as Ctrl-C does, in every worker, and ends the processes that tests have started."""
    signal.signal(signal.SIGTERM, end_tests)


def pytest_unconfigure() -> None:
    """No process outlives the tests."""
    for child in children():
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)


def end_tests(*_: object) -> None:
    """Pass SIGTERM on to all children: a test that waits for one goes on, and is ended. Workers have this handler too.

    Raises:
        KeyboardInterrupt: always.
    """
    for child in children():
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGTERM)
    raise KeyboardInterrupt


def children() -> list[int]:
    """The processes that this one has started; none where the system has no /proc."""
    listed = Path("/proc/self/task").glob("*/children")
    return [int(number) for path in listed for number in path.read_text().split()]
