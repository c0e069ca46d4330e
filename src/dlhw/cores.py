"""How many threads this process may use: its affinity, its container's share, and what a person asked for."""

from __future__ import annotations

import os
from pathlib import Path

_asked: int | None = None


def usable_cores() -> int:
    """The cores this process may use: its affinity, and a container's share of processor time."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        return cores if quota == "max" else max(1, min(cores, int(quota) // int(period)))
    except (OSError, ValueError):
        return cores  # no control group, or none of version 2


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
