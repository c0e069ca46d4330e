"""Readers of files, and how they bear thousands of damaged ones."""

from __future__ import annotations

import resource
import shutil
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from dlhw.errors import DlhwError
from tests.mutations import mutations

GROWTH = 900_000
"""Kilobytes by which no number of damaged files may let a process grow, to less than 1.5 GB with PyTorch in it. Of its
whole size other tests have a share."""

SLOWEST = 10.0
"""Seconds of its own processor time after which one damaged file is taken to hang a reader."""

Record = Callable[[str, object], None]
"""Notes a figure of a test, for docs/reliability.md."""


@dataclass(frozen=True)
class Reader:
    """A file, and what reads it."""

    path: Path
    read: Callable[[], object]


def survive(
    name: str,
    make: Callable[[Path], Iterator[Reader]],
    folder: Path,
    count: int,
    record: Record,
    *,
    put_back: bool = False,
) -> None:
    """Read so many damaged versions of a file: each gives a value or an error for people, soon and in little memory.

    Args:
        name: of the reader.
        make: makes a whole file in an empty folder, and what reads it.
        folder: that folder.
        count: how many damages.
        record: notes what came of them.
        put_back: all of the folder is put back after each.
    """
    making = make(folder)
    reader = next(making)
    reader.read()
    whole, before = reader.path.read_bytes(), _memory()
    copy = folder.parent / f"{folder.name}-whole"
    shutil.copytree(folder, copy)
    foreign: dict[str, list[str]] = {}
    slowest = 0.0
    for number, content in enumerate(mutations(whole, count, seed=1)):
        reader.path.write_bytes(content)
        began = time.process_time()
        try:
            reader.read()
        except DlhwError:
            pass
        except Exception as error:
            at = traceback.extract_tb(error.__traceback__)[-1]
            kind = f"{type(error).__name__} in {Path(at.filename).name}:{at.lineno}"
            foreign.setdefault(kind, []).append(f"{number}: {error}")
        slowest = max(slowest, time.process_time() - began)
        if put_back:
            shutil.copytree(copy, folder, dirs_exist_ok=True)
    for key, value in {
        "kind": "damage",
        "name": name,
        "n": count,
        "failures": sum(map(len, foreign.values())),
        "slowest": round(slowest, 3),
        "grown": round((_memory() - before) / 1000),
        "memory": round(_memory() / 1000),
    }.items():
        record(key, value)
    assert not foreign, {kind: (len(found), found[0][:300]) for kind, found in foreign.items()}
    assert slowest < SLOWEST
    reader.path.write_bytes(whole)
    reader.read()
    assert _memory() - before < GROWTH
    making.close()  # type: ignore[attr-defined]


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
