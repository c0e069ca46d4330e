"""Ctrl-C and SIGTERM: the first asks for a stop at the next step, the second stops at once."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

STOPPING = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def stop_requests() -> Iterator[Callable[[], int]]:
    """Within this context, signals that would end the process are noted instead.

    Yields:
        A function that returns the signal's number once one came, 0 before.
    """
    received = 0

    def note_first(number: int, _: FrameType | None) -> None:
        nonlocal received
        received = number
        for each in STOPPING:
            signal.signal(each, before[each])
        # Straight to the file: whatever draws on the terminal may be in the middle of a frame.
        os.write(sys.stderr.fileno(), b"\nstopping after this step, to save the state; once more stops at once\n")

    before = {each: signal.signal(each, note_first) for each in STOPPING}
    if before[signal.SIGINT] == signal.SIG_IGN:
        # A shell starts jobs in the background so. Who signals one all the same wants it to end.
        before[signal.SIGINT] = signal.default_int_handler
    try:
        yield lambda: received
    finally:
        for each in STOPPING:
            signal.signal(each, before[each])
