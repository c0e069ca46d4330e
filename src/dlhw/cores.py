"""How many threads this process may use: its affinity, its container's share, and what a person asked for."""

from __future__ import annotations

import os
from pathlib import Path

from dlhw.errors import UsageError, check_whole
from dlhw.plurals import counted

THREADS_ALLOWED = 16
"""Accepted on any machine, so that a command line of a larger one runs. Ten thousand end in a segmentation fault."""

_asked: int | None = None


def usable_cores() -> int:
    """The cores this process may use: its affinity, and a container's share of processor time."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        return cores if quota == "max" else max(1, min(cores, int(quota) // int(period)))
    except (OSError, ValueError):
        return cores  # no control group, or none of version 2


def check_threads(threads: int) -> None:
    """See that so many threads can be used.

    Raises:
        UsageError: they are not positive, or far beyond the cores.
    """
    if check_whole("threads", threads) < 1:
        raise UsageError(f"`threads` must be 1 or more; got {threads}")
    most = max(THREADS_ALLOWED, 4 * usable_cores())
    if threads > most:
        raise UsageError(
            f"`threads` must be {most} at most, on {counted(usable_cores(), 'core')}; got {threads}",
            "more threads than cores wait for each other; leave it out to use all cores "
            "(docs/performance.md#a-training-step)",
        )


def limit_threads(threads: int | None) -> None:
    """Set how many threads :func:`pool_threads` allows from now on.

    Like ``torch.set_num_threads`` this holds for the whole process, since a command has one number of threads.

    Args:
        threads: as ``--threads`` gives them; ``None`` for the default.
    """
    global _asked
    _asked = threads


def pool_threads() -> int:
    """Threads for work beside PyTorch's own: ``--threads``, else ``OMP_NUM_THREADS``, never more than the cores."""
    cores = usable_cores()
    if _asked is not None:
        return max(1, min(_asked, cores))
    # OpenMP allows a list, a number for each level of nesting; the first is the one that counts here.
    first = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0].strip()
    return max(1, min(int(first), cores)) if first.isdecimal() else cores


def crowding(threads: int | None) -> str:
    """What will slow down a long computation on this machine, with the argument that helps; empty where nothing does.

    Args:
        threads: as ``--threads`` gives them.
    """
    cores, machine = usable_cores(), os.cpu_count() or 1
    if threads is not None:
        crowded = f"{threads} threads share {counted(cores, 'core')} and wait for each other: `threads` {cores}"
        return crowded if threads > cores else ""
    if os.environ.get("OMP_NUM_THREADS") and pool_threads() != cores:
        return (
            f"OMP_NUM_THREADS leaves the decoding of images {pool_threads()} of {counted(cores, 'core')}, and the "
            f"training takes all: `threads` {pool_threads()} sets both"
        )
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    if cores > 1 and load >= machine:
        return f"other programs keep the cores busy (load {load:.1f} on {machine}): `threads` 1 may be faster"
    return ""
