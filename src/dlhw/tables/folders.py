"""Ids that are paths from different folders: ``words/images/a.png`` in one file, ``images/a.png`` in another."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Set
from dataclasses import dataclass


@dataclass(frozen=True)
class FolderChange:
    """Folders that all ids of a file have and the truth's lack, or the other way round."""

    removed: str = ""
    """Taken from the front of each id; ends with a slash."""

    added: str = ""
    """Put before each id; ends with a slash."""

    def apply(self, identity: str) -> str:
        return self.added + identity.removeprefix(self.removed)

    def __str__(self) -> str:
        return f"without “{self.removed}”" if self.removed else f"with “{self.added}” before each"


def folder_change(truth: Set[str], ids: Collection[str]) -> FolderChange | None:
    """The change of the folders before all ids with which they join the truth's; different ids stay different.

    Args:
        truth: the ids of the truth.
        ids: those of a file, none of which is in the truth.

    Returns:
        The change by which most are; ``None`` where none is by any, or as many by two.
    """
    changes = [
        *(FolderChange(removed=folder) for folder in _common_folders(ids)),
        *(FolderChange(added=folder) for folder in _common_folders(truth)),
    ]
    ranked = sorted(((sum(one.apply(name) in truth for name in ids), one) for one in changes), key=lambda row: -row[0])
    if not ranked or not ranked[0][0] or (len(ranked) > 1 and ranked[1][0] == ranked[0][0]):
        return None
    return ranked[0][1]


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
