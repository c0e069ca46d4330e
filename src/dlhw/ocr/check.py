"""What a set of labelled words holds, and what is wrong with it, as a document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np

from dlhw.images.names import readable
from dlhw.ocr.labels.rows import Rejected
from dlhw.ocr.preprocessing import MAX_WIDTH
from dlhw.ocr.sources import LoadedWords

PERCENTILES = {"smallest": 0, "p5": 5, "p25": 25, "median": 50, "p75": 75, "p95": 95, "largest": 100}


def describe_words(loaded: LoadedWords) -> dict[str, Any]:
    """The document of ``dlhw ocr check`` but for what every command's document has.

    Returns:
        ``format``; ``words``, the usable ones; ``splits``, how many are in each, or ``null``; ``alphabet``, with how
        often each character occurs, the most frequent first; percentiles of ``lengths`` in code points and of
        ``widths`` in pixels at height 32; ``rejected`` and ``skipped`` rows; ``faults``, how many rows of each kind;
        ``remarks`` on rows that are used; ``warnings`` about all of them;
        ``passed``, whether every row can be used.
    """
    words = loaded.words
    counts = Counter("".join(words.texts))
    characters = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    whole = None in loaded.splits
    return {
        "data": loaded.source,
        "format": loaded.format,
        "words": len(words),
        "splits": None if whole else {str(split): len(part) for split, part in loaded.splits.items()},
        "alphabet": {"size": len(counts), "counts": dict(characters)},
        "lengths": _percentiles(len(text) for text in words.texts),
        "widths": {**_percentiles(words.widths.tolist()), "at_limit": int((words.widths == MAX_WIDTH).sum())},
        "faults": dict(Counter(row.kind for row in (*loaded.rejected, *loaded.skipped)).most_common()),
        "rejected": [_as_document(row) for row in loaded.rejected],
        "skipped": [_as_document(row) for row in loaded.skipped],
        "remarks": [_as_document(row) for row in loaded.remarks],
        "warnings": list(loaded.warnings),
        "passed": not loaded.rejected,
    }


def _percentiles(values: Iterable[int]) -> dict[str, int | None]:
    """Values that do occur, not means between two of them."""
    ordered = list(values)
    if not ordered:
        return dict.fromkeys(PERCENTILES)
    found = np.percentile(ordered, list(PERCENTILES.values()), method="inverted_cdf")
    return {name: int(value) for name, value in zip(PERCENTILES, found, strict=True)}


def _as_document(row: Rejected) -> dict[str, Any]:
    where = {"file": readable(row.file), "line": row.line, "image": readable(row.image)}
    return {**where, "kind": row.kind, "reason": readable(row.reason)}
