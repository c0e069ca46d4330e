"""Reading a named pipe, whose writer may never come: Ctrl-C ends the wait, whenever it is pressed."""

from __future__ import annotations

import threading
from pathlib import Path

CHECK_SECONDS = 0.1
"""How often the caller looks for a signal while it waits."""


def read_named_pipe(path: Path) -> bytes:
    """All that is written to a named pipe until its writers close it.

    A signal that arrives just before the system starts to wait is noted by Python and seen only after the wait, which
    may never end. So another thread waits, which does not keep the process alive, and the caller looks for signals.

    Raises:
        OSError: as ``Path.read_bytes`` does.
        KeyboardInterrupt: at Ctrl-C.
    """
    contents = b""
    error: OSError | None = None

    def wait_and_read() -> None:
        nonlocal contents, error
        try:
            contents = path.read_bytes()
        except OSError as raised:
            error = raised

    reader = threading.Thread(target=wait_and_read, name=f"read {path.name}", daemon=True)
    reader.start()
    while reader.is_alive():
        reader.join(CHECK_SECONDS)
    if error is not None:
        raise error
    return contents
