"""Which seeds are taken."""

from __future__ import annotations

from dlhw.errors import UsageError, check_whole

SEEDS = 2**32
"""PyTorch's CPU generator takes the lowest 32 bits of a seed: beyond, seeds that differ by 2³² would be the same."""


def check_seed(seed: int, count: int = 1) -> int:
    """The seed itself, if it and the ``count`` − 1 seeds after it are from 0 to 2³² − 1.

    Raises:
        UsageError: it is not.
    """
    if not 0 <= check_whole("seed", seed) <= SEEDS - count:
        last = "" if count == 1 else f", and with {count} seeds the last one is {seed + count - 1}"
        raise UsageError(f"`seed` must be from 0 to 2³² − 1, got {seed}{last}")
    return seed
