"""Another group's numbers in the column *reported*, in place of the homework's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dlhw.report.handin.judging import plain
from dlhw.report.handin.reading import HandIn
from dlhw.report.page import Entry
from dlhw.report.section import Row


def with_numbers(entries: Sequence[Entry], hand_in: HandIn) -> list[Entry]:
    """The same parts, with what the hand-in reports, and with nothing where it reports nothing.

    What is kept of a reproduction stays as it is, so that the next command may be given another hand-in.
    """
    return [
        entry
        if entry.section is None
        else replace(
            entry,
            section=replace(
                entry.section, rows=tuple(_row(entry.question, row, hand_in) for row in entry.section.rows)
            ),
        )
        for entry in entries
    ]


def _row(question: str, row: Row, hand_in: HandIn) -> Row:
    reported = [plain(value) for one, value in hand_in.numbers.items() if one.is_row(question, row.quantity)]
    return replace(row, reported=reported[0] if reported else None)
