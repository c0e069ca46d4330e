"""Ids that two files spell otherwise: paths from different folders, or names of files with and without their suffix.

``words/images/a.png`` in one file is ``images/a.png`` in another, or ``a``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Set
from dataclasses import dataclass
from typing import Literal

SUFFIX = re.compile(r"\.[A-Za-z][A-Za-z0-9]{1,4}$")

SUFFIXES_TRIED = 5
"""The most frequent ones of a file."""


@dataclass(frozen=True, kw_only=True)
class IdChange:
    """What all ids of a file have and the truth's lack, or the other way round."""

    where: Literal["front", "end"]
    """Folders, ending with a slash, stand in front; a suffix, beginning with a point, at the end."""

    removed: str = ""
    added: str = ""

    def apply(self, identity: str) -> str:
        """The id as the truth has it."""
        if self.where == "front":
            return self.added + identity.removeprefix(self.removed)
        return identity.removesuffix(self.removed) + self.added

    def __str__(self) -> str:
        if self.removed:
            return f"without “{self.removed}”"
        return f"with “{self.added}” {'before' if self.where == 'front' else 'after'} each"


def find_change(truth: Set[str], ids: Collection[str]) -> IdChange | None:
    """The change with which the ids of a file join the truth's, of folders or else of a suffix.

    Args:
        truth: the ids of the truth.
        ids: those of a file, none of which is in the truth.

    Returns:
        The change by which most are; ``None`` where none is by any, as many by two, or two ids would become one.
    """
    folders = [
        *(IdChange(where="front", removed=folder) for folder in _common_folders(ids)),
        *(IdChange(where="front", added=folder) for folder in _common_folders(truth)),
    ]
    suffixes = [
        *(IdChange(where="end", removed=suffix) for suffix in _suffixes(ids)),
        *(IdChange(where="end", added=suffix) for suffix in _suffixes(truth)),
    ]
    return _best(folders, truth, ids) or _best(suffixes, truth, ids)


def _best(changes: list[IdChange], truth: Set[str], ids: Collection[str]) -> IdChange | None:
    joined = {change: sum(change.apply(name) in truth for name in ids) for change in changes}
    most = max(joined.values(), default=0)
    best = [change for change, count in joined.items() if count == most]
    if not most or len(best) > 1:
        return None
    distinct = set(ids)
    return best[0] if len({best[0].apply(name) for name in distinct}) == len(distinct) else None


def _common_folders(ids: Collection[str]) -> Iterator[str]:
    """The folders that all ids begin with, the outermost first, then with those within it: ``a/``, ``a/b/``."""
    if not ids:
        return
    # Between the first and the last in order, all others share at least what these two share.
    first, last = min(ids), max(ids)
    for place, letter in enumerate(first[: len(last)]):
        if letter != last[place]:
            return
        if letter == "/":
            yield first[: place + 1]


def _suffixes(ids: Collection[str]) -> list[str]:
    found = Counter(match[0] for name in ids if (match := SUFFIX.search(name)))
    return [suffix for suffix, _ in found.most_common(SUFFIXES_TRIED)]
