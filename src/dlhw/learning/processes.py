"""What a process that was spawned for a part of the work owes the one that waits for it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker
from types import ModuleType


def follow_parent() -> None:
    """To be called first in a spawned process: it takes its orders from its parent, and ends with it."""
    # Ctrl-C, and the end of the terminal, reach every process of it; the one in front decides what they mean.
    for name in ("SIGINT", "SIGHUP"):
        if hasattr(signal, name):  # Windows has no SIGHUP
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    threading.Thread(target=_leave_with_parent, daemon=True).start()


@contextmanager
def signals_held() -> Iterator[None]:
    """Processes started in this context never hear Ctrl-C, SIGTERM and SIGHUP, also while they import their modules.

    For this process they are only late. Windows cannot hold them back.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    # Started with the first process otherwise, and it would let the signals through again.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def main_script_hidden() -> Iterator[None]:
    """Processes that are spawned in this context do not import the script that was started.

    Otherwise :mod:`multiprocessing` has each of them run it to find functions of its own there. Nothing of a script is
    needed, and one without ``if __name__ == "__main__":`` would begin in each of them what it began here.
    """
    script = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = script


def _leave_with_parent() -> None:
    """End this process when its parent is gone, also by SIGKILL, which cannot be passed on."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
