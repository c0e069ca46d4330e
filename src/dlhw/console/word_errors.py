"""What the commands that score words show alike: intervals, errors by length, confusions."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table

from dlhw.console.tables import figure, plain_table

WORDS = ((0, 0), (1, 2), (3, 4), (5, 6), (7, 8), (9, 10), (11, 12), (13, 64))
LINES = ((0, 0), (1, 9), (10, 19), (20, 39), (40, 79), (80, 159), (160, 2**32))
"""Lengths that share a column, from and to: of words, and of longer texts. An empty reference has no CER."""


def lengths_table(by_length: Sequence[Mapping[str, Any]], *, sentences: bool = False) -> Table:
    """Error rates by the length of the reference; of sentences, each a row, the share that is not exactly right."""
    buckets = WORDS if by_length[-1]["length"] <= WORDS[-1][1] else LINES
    columns = []
    for first, last in buckets:
        rows = [row for row in by_length if first <= row["length"] <= last]
        words = sum(row["words"] for row in rows)
        if not words:
            continue
        letters = sum(row["words"] * row["length"] for row in rows)
        edits = sum((row["cer"] or 0) * row["words"] * row["length"] for row in rows)
        wrong = sum(row["wer"] * row["words"] for row in rows)
        heading = f"{first}+" if last == buckets[-1][1] else f"{first}–{last}" if last else "0"
        columns.append(
            (heading, f"{words:,}", figure(edits / letters if letters else None, 3), figure(wrong / words, 3))
        )
    table = plain_table("", ("letters", *(column[0] for column in columns)))
    labels = ("rows", "CER", "wrong rows") if sentences else ("words", "CER", "WER")
    for place, label in enumerate(labels, start=1):
        table.add_row(label, *(column[place] for column in columns))
    return table


def confusion_text(one: Mapping[str, Any]) -> str:
    """What was read for what, and how often."""
    there, read = one["reference"], one["text"]
    if not there:
        return f"{visible(read)} added {one['count']:,}"
    return (
        f"{visible(there)} left out {one['count']:,}"
        if not read
        else f"{visible(there)}→{visible(read)} {one['count']:,}"
    )


def interval(rate: Mapping[str, float | None]) -> str:
    """A rate's 95 % interval, or nothing where there is none."""
    low, high = rate["low"], rate["high"]
    return "" if low is None or high is None else f"{low:.3f}–{high:.3f}"


def visible(letter: str) -> str:
    """A letter that can be seen."""
    if letter == " ":
        return "␣"
    return f"U+{ord(letter):04X}" if unicodedata.category(letter)[0] in "CMZ" else letter


def compared(protocol: str) -> str:
    """How texts were made comparable, in a sentence."""
    return {
        "exact": "Case and punctuation count.",
        "nocase": "Case does not count.",
        "alnum36": "Only a–z and 0–9 count, without case.",
    }[protocol]
