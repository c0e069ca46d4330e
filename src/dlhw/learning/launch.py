"""Whether this process is one of several ranks, by the environment variables that torchrun gives to each.

Slurm's ``srun`` serves as well where it sets the same ones. Nothing of PyTorch is imported here, so that the command
line may ask at no cost.
"""

from __future__ import annotations

import multiprocessing
import os
import socket

from dlhw.errors import UsageError

TIMEOUT = 600.0
"""Seconds that a rank waits for the others. The environment variable ``DLHW_RANK_TIMEOUT`` sets it."""

_VARIABLES = ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")


def launched() -> bool:
    """Whether this process is one of several ranks. Those that a rank starts for a part of its work are not."""
    if multiprocessing.parent_process() is not None:
        return False
    return all(os.environ.get(name) for name in _VARIABLES) and _number("WORLD_SIZE") > 1


def first_rank() -> bool:
    """Whether this process was started alone, or is rank 0."""
    return rank_number() == 0


def rank_number() -> int:
    """This process's number among all ranks; 0 where it is alone."""
    return _number("RANK") if launched() else 0


def local_place() -> tuple[int, int]:
    """This process's number among the ranks of its machine, and how many these are: (0, 1) where it is alone."""
    if not launched():
        return 0, 1
    size = _number("LOCAL_WORLD_SIZE", 1)
    return _number("LOCAL_RANK", 0), size


def restarted() -> bool:
    """Whether torchrun has started this command anew, after a rank was lost."""
    return launched() and _number("TORCHELASTIC_RESTART_COUNT", 0) > 0


def launch_name() -> str | None:
    """What tells this call of torchrun from others, the same after a restart; ``None`` without torchrun."""
    return f"{socket.gethostname()} {os.getppid()}" if launched() else None


def work_alone() -> None:
    """For commands that one process does: from here on, rank 0 is as if it had been started alone."""
    for name in _VARIABLES:
        os.environ.pop(name, None)


def timeout() -> float:
    """Seconds that a rank waits for the others.

    Raises:
        UsageError: ``DLHW_RANK_TIMEOUT`` is no number above 0.
    """
    given = os.environ.get("DLHW_RANK_TIMEOUT", TIMEOUT)
    try:
        seconds = float(given)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise UsageError(f"DLHW_RANK_TIMEOUT must be a number of seconds above 0; got {given}")
    return seconds


def device_index(count: int) -> int:
    """The GPU of this rank, among ``count`` that its machine shows.

    Raises:
        UsageError: there are more ranks than GPUs.
    """
    rank, size = local_place()
    if size > count:
        raise UsageError(
            f"this machine has {size} ranks and {count} GPU{'s' * (count != 1)}",
            f"torchrun --nproc-per-node {count}, or `device` cpu",
        )
    return rank


def _number(name: str, default: int | None = None) -> int:
    given = os.environ.get(name, "" if default is None else str(default))
    try:
        return int(given)
    except ValueError:
        raise UsageError(f"the environment variable {name} must be a number; got {given!r}") from None
