"""Files that are whole or not there: written beside their place, flushed to disk, then renamed."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from dlhw.errors import RunError


def write_atomically(path: Path, content: bytes) -> None:
    """Replace ``path`` by ``content`` so that a reader, or a crash, sees the old file or the new one.

    Raises:
        RunError: the disk is full or the folder cannot be written; an old file is left as it was.
    """
    temporary = None
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        temporary = Path(name)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o666 & ~_umask())  # mkstemp makes files that only their owner may read
        temporary.replace(path)
        _sync_directory(path.parent)
    except OSError as error:
        raise RunError(
            f"could not write {path}: {error.strerror or error}",
            "what was there before is untouched; make room or mend the permissions, then use --resume",
        ) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def write_cache(path: Path, content: bytes) -> None:
    """Write what only saves time later: where a cache cannot be written, that time is lost and nothing else."""
    with contextlib.suppress(OSError, RunError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, content)


def write_json(path: Path, document: Any) -> None:
    """Write ``document`` as indented JSON, atomically. NaN is refused: a missing value is ``null``."""
    write_atomically(path, (json.dumps(document, indent=2, allow_nan=False) + "\n").encode())


def read_json(path: Path) -> Any:
    """Read a JSON document.

    Raises:
        RunError: there is no such file, or it is not JSON.
    """
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise RunError(f"there is no {path.name} in {path.parent}", "is that a run directory?") from error
    except (OSError, ValueError) as error:
        raise RunError(f"could not read {path}: {error}", "the run cannot be used; start a new one") from error


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


def _sync_directory(directory: Path) -> None:
    """Make the rename itself durable. Windows has no such call, and needs none."""
    if os.name == "posix":
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
