"""``python -m dlhw`` and the command ``dlhw``. Ctrl-C has its one line from the start, before anything is imported."""

from __future__ import annotations

import os
import signal


def main() -> None:
    """Import the command line, which takes a third of a second, and run it."""
    # Not the exception, which every module under way would turn into a traceback or another error of its own.
    ignored = signal.getsignal(signal.SIGINT) == signal.SIG_IGN  # as a shell leaves it for jobs in the background
    if not ignored:
        signal.signal(signal.SIGINT, _end)

    from dlhw.cli.app import main as run

    run(ready=lambda: None if ignored else _raise_again())


def _end(*_: object) -> None:
    os.write(2, b"stopped: nothing had begun\n")
    os._exit(128 + signal.SIGINT)


def _raise_again() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)


if __name__ == "__main__":
    main()
