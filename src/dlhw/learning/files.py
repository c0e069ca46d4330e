"""Files that are complete or absent: written beside their place, flushed to disk, then renamed."""

from __future__ import annotations

import contextlib
import errno
import json
import logging
import os
import tempfile
from pathlib import Path
from types import FunctionType
from typing import Any

from dlhw.errors import RunError
from dlhw.learning.validation import check, parse

note = logging.getLogger("dlhw").warning
"""Tells what a person may want to know and need not do anything about. Without a handler it is a line on stderr."""

LARGEST_JSON = 256 << 20
"""Bytes of the largest JSON document that is read; the parts of a page, with their figures, have a few million."""

NOT_OFFERED = {errno.EINVAL, errno.EBADF, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}
"""How a file system says that it has no such call, as some network file systems do; PostgreSQL takes it so, too."""


def write_atomically(path: Path, content: bytes) -> None:
    """Replace ``path`` by ``content`` so that a reader, or a crash, sees the old file or the new one.

    A link stays, and the file that it leads to is replaced. A device or a pipe is written to, and never replaced.

    Raises:
        RunError: the disk is full or the folder cannot be written, and an old file is left as it was; or the disk
            failed after the file was replaced.
    """
    temporary = None
    try:
        place = path.resolve() if path.is_symlink() else path
        if place.exists() and not place.is_file():
            with place.open("wb") as stream:
                stream.write(content)
            return
        descriptor, name = tempfile.mkstemp(dir=place.parent, prefix=f".{place.name}.")
        temporary = Path(name)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # mkstemp makes files that only their owner may read. Some file systems know one set of permissions alone.
        with contextlib.suppress(PermissionError, NotImplementedError):
            temporary.chmod(0o666 & ~_umask())
        temporary.replace(place)
    except OSError as error:
        raise RunError(
            f"could not write {path}: {error.strerror or error}",
            "what was there before is untouched; free space on the disk or correct the permissions, then use `resume`",
        ) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
    _sync_directory(place)


def remove_temporaries(folder: Path, *names: str) -> None:
    """Remove what :func:`write_atomically` left beside files of these names when it was killed.

    Only whoever holds the folder may: a temporary file of another process is one that is being written.
    """
    for name in names:
        for path in folder.glob(f".{name}.*"):
            path.unlink(missing_ok=True)


def write_cache(path: Path, content: bytes) -> None:
    """Write what only saves time later: where a cache cannot be written, that time is lost and nothing else."""
    with contextlib.suppress(OSError, RunError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, content)


def write_json(path: Path, document: Any) -> None:
    """Write ``document`` as indented JSON, atomically. NaN is refused: a missing value is ``null``."""
    write_atomically(path, (json.dumps(document, indent=2, allow_nan=False) + "\n").encode())


def read_json(path: Path, schema: Any, *, works: str = "") -> Any:
    """Read a JSON document of dlhw's own.

    Args:
        path: the file.
        schema: what it has to be, out of :mod:`dlhw.learning.schemas`, or a function that says it of a document.
        works: what to do where the file is damaged, and what still works.

    Returns:
        The document as plain values, checked.

    Raises:
        RunError: there is no such file, it is not JSON, or not as the schema says.
    """
    try:
        if (size := path.stat().st_size) > LARGEST_JSON:
            raise ValueError(f"it has {size:,} bytes, and at most {LARGEST_JSON:,} were expected")
        document = parse(path.read_bytes())
        check(document, schema(document) if isinstance(schema, FunctionType) else schema)
    except FileNotFoundError as error:
        raise RunError(f"there is no {path.name} in {path.parent}", "is that a run directory?") from error
    except OSError as error:
        raise RunError(
            f"could not read {path}: {error.strerror or error}", "correct the permissions, or check the disk"
        ) from error
    except ValueError as error:
        raise RunError(f"{path} is damaged: {error}", works) from error
    return document


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


def _sync_directory(path: Path) -> None:
    """Make the rename of a file durable. The file is there whatever comes: only a disk that fails is an error.

    Windows has no such call, and needs none. Where the folder may be written and not read it cannot be opened.
    """
    if os.name != "posix":
        return
    try:
        descriptor = os.open(path.parent, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in NOT_OFFERED:
            raise RunError(
                f"{path} is written, but could not be flushed to the disk: {error.strerror or error}",
                "check the disk first; `resume` then continues from what was saved",
            ) from error
    finally:
        os.close(descriptor)
