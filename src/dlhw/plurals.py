"""Numbers with their nouns: ``1 edit``, ``3,000 edits``. The only place that makes plural forms."""

from __future__ import annotations

PLURALS = {"query": "queries", "is": "are", "was": "were", "has": "have", "lacks": "lack", "counts": "count"}
"""Those that are not the word with an s."""


def plural(count: int, noun: str) -> str:
    """The noun, as it stands behind a number.

    Example:
        >>> plural(2, "query")
        'queries'
    """
    return noun if count == 1 else PLURALS.get(noun, f"{noun}s")


def counted(count: int, noun: str) -> str:
    """A number and its noun.

    Example:
        >>> counted(1, "edit"), counted(3000, "edit")
        ('1 edit', '3,000 edits')
    """
    return f"{count:,} {plural(count, noun)}"


def all_of(count: int, noun: str) -> str:
    """Every one of them.

    Example:
        >>> all_of(1, "step"), all_of(12, "step")
        ('the only step', 'all 12 steps')
    """
    return f"the only {noun}" if count == 1 else f"all {counted(count, noun)}"


def part_of(count: int, total: int, noun: str) -> str:
    """Some of all.

    Example:
        >>> part_of(1, 1, "image"), part_of(2, 3000, "image")
        ('the only image', '2 of 3,000 images')
    """
    return f"the only {noun}" if count == total == 1 else f"{count:,} of {counted(total, noun)}"


def rate(per_second: float, noun: str) -> str:
    """How many in a second: with one decimal below ten, where a whole number would say little.

    Example:
        >>> rate(0.96, "word"), rate(1234.5, "word")
        ('1.0 words', '1,234 words')
    """
    return f"{per_second:,.{1 if per_second < 9.95 else 0}f} {plural(2, noun)}"
