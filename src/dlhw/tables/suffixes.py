"""Ids that are names of files with their suffix in one file, ``a.png``, and without it in another, ``a``."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Set
from dataclasses import dataclass

SUFFIX = re.compile(r"\.[A-Za-z][A-Za-z0-9]{1,4}$")


@dataclass(frozen=True)
class SuffixChange:
    """A suffix that the ids of a file have and the truth's lack, or the other way round."""

    removed: str = ""
    added: str = ""

    def apply(self, identity: str) -> str:
        return identity.removesuffix(self.removed) + self.added

    def __str__(self) -> str:
        return f"without “{self.removed}”" if self.removed else f"with “{self.added}” after each"


def suffix_change(truth: Set[str], ids: Collection[str]) -> SuffixChange | None:
    """The one suffix with which, or without which, the ids of a file join the truth's; different ids stay different.

    Args:
        truth: the ids of the truth.
        ids: those of a file, none of which is in the truth.

    Returns:
        The change by which most are; ``None`` where none is by any, as many by two, or two ids would become one.
    """
    changes = [
        *(SuffixChange(removed=suffix) for suffix in _suffixes(ids)),
        *(SuffixChange(added=suffix) for suffix in _suffixes(truth)),
    ]
    ranked = sorted(((sum(one.apply(name) in truth for name in ids), one) for one in changes), key=lambda row: -row[0])
    if not ranked or not ranked[0][0] or (len(ranked) > 1 and ranked[1][0] == ranked[0][0]):
        return None
    change, distinct = ranked[0][1], set(ids)
    return change if len({change.apply(name) for name in distinct}) == len(distinct) else None


def _suffixes(ids: Collection[str]) -> list[str]:
    found = Counter(match[0] for name in ids if (match := SUFFIX.search(name)))
    return [suffix for suffix, _ in found.most_common(5)]
