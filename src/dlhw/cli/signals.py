"""Ctrl-C, SIGTERM and SIGHUP: the first asks for a stop at the next step, the second stops at once."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from dlhw.errors import InterruptedRun

ENDING = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))
"""Signals that end a process without a trace; a closed terminal sends SIGHUP. Windows has no SIGHUP."""

STOPPING = (signal.SIGINT, *ENDING)


def end_with_exit_codes() -> None:
    """SIGTERM and SIGHUP end the process with 128 + their number, after ``finally`` blocks; Ctrl-C keeps its exception.

    A signal that was ignored from the start stays so: ``nohup`` means it.
    """
    for each in ENDING:
        if signal.getsignal(each) != signal.SIG_IGN:
            signal.signal(each, lambda number, _: sys.exit(128 + number))
    sys.unraisablehook = _raise_again


def end_at_once() -> None:
    """From here on every further signal ends the process: nothing is left to save, and nobody wants a traceback."""
    for each in STOPPING:
        if signal.getsignal(each) != signal.SIG_IGN:
            signal.signal(each, signal.SIG_DFL)


def _raise_again(unraisable: Any) -> None:
    """Raise again, a moment later, the stop that Python caught in a finalizer and would drop.

    Python prints “Exception ignored in …” for an exception there, and continues.
    """
    if issubclass(unraisable.exc_type, (KeyboardInterrupt, SystemExit)):
        number = signal.SIGINT if issubclass(unraisable.exc_type, KeyboardInterrupt) else signal.SIGTERM
        threading.Timer(0.01, os.kill, (os.getpid(), number)).start()
    else:
        sys.__unraisablehook__(unraisable)


@contextmanager
def stop_requests(*, live: bool = False) -> Iterator[Callable[[], int]]:
    """Within this context, signals that would end the process are noted instead, and answered in a line.

    Args:
        live: whether a frame is being redrawn. Its last line, where the cursor is, then becomes that line: one more
            would shift the frame.

    Yields:
        A function that returns the signal's number once one arrived, 0 before.
    """
    from dlhw.console.views import STOP_NOTED

    received = 0

    def note_first(number: int, _: FrameType | None) -> None:
        nonlocal received
        received = number
        for each in noted:
            signal.signal(each, before[each])
        with contextlib.suppress(OSError, ValueError):  # a terminal that was closed takes no message
            # Straight to the file: whatever draws on the terminal may be in the middle of a frame.
            os.write(sys.stderr.fileno(), (f"\r\x1b[2K{STOP_NOTED}" if live else f"\n{STOP_NOTED}\n").encode())

    # SIGHUP that is ignored is nohup's doing. Ctrl-C is noted anyway: a shell starts jobs in the background with
    # it ignored, and a signal to one is meant to end it.
    noted = [each for each in STOPPING if each == signal.SIGINT or signal.getsignal(each) != signal.SIG_IGN]
    before = {each: signal.signal(each, note_first) for each in noted}
    if before[signal.SIGINT] == signal.SIG_IGN:
        before[signal.SIGINT] = signal.default_int_handler
    try:
        yield lambda: received
    finally:
        for each in noted:
            signal.signal(each, before[each])


def tell_stop(stop: BaseException, otherwise: str = "") -> None:
    """Say on stderr what was noted of an interruption, as how the run continues."""
    noted = getattr(stop, "__notes__", ())
    with contextlib.suppress(OSError, ValueError):  # a terminal that was closed takes no message
        if noted:
            from dlhw.console.streams import note

            note("; ".join(noted))
        elif otherwise:
            # Without the console: its modules may be what was being imported.
            os.write(sys.stderr.fileno(), f"{otherwise}\n".encode())


@contextmanager
def nothing_begun() -> Iterator[None]:
    """Note on an interruption within that nothing was saved yet. The end of the process says what was noted."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit) as stop:
        stop.add_note("stopped before the first step: nothing was saved, and the same command begins again")
        raise


@contextmanager
def continued_by(hint: Callable[[], str]) -> Iterator[None]:
    """Note how a run that is stopped within continues, whether its state was saved first or a second signal came.

    Args:
        hint: with the command.
    """
    try:
        yield
    except InterruptedRun as error:
        error.hint = hint()
        raise
    except (KeyboardInterrupt, SystemExit) as stop:
        stop.add_note(f"stopped at once: what was computed since the last saved state is lost; {hint()}")
        raise
