"""Files with several pages or frames, of which the commands take the first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dlhw.console.streams import printable, warn

NAMED_AT_MOST = 5


def tell_pages(rows: Sequence[Mapping[str, Any]], done: str) -> None:
    """Say on stderr which files have more pages than the one that was read.

    Args:
        rows: ``images`` of a document.
        done: what was done with the first page, as in ``read``.
    """
    several = [row for row in rows if row.get("pages", 1) > 1]
    for row in several[:NAMED_AT_MOST]:
        warn(f"{printable(row['image'])} has {row['pages']:,} pages, of which the first alone was {done}")
    if len(several) > NAMED_AT_MOST:
        warn(f"and {len(several) - NAMED_AT_MOST:,} more files have several pages; --json counts them")
