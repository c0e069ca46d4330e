"""Which columns of a table hold the ids and the texts: by the names that people give them, or as asked for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from dlhw.errors import DataError, UsageError
from dlhw.plurals import counted

Side = Literal["truth", "predictions"]

ID_NAMES = {
    *("id", "key", "index", "image", "image_id", "image_path", "path", "file", "filename", "file_name", "picture"),
    *("name", "utt", "utt_id", "utterance", "utterance_id", "line_id", "word_id", "sample", "sample_id"),
}
TEXT_NAMES: dict[Side, tuple[str, ...]] = {
    "truth": (
        *("reference", "ref", "truth", "ground_truth", "gt", "target", "y_true", "true_label", "label", "labels"),
        *("transcription", "transcript", "text", "sentence", "word", "words", "class", "identity"),
    ),
    "predictions": (
        *("prediction", "predicted", "pred", "hypothesis", "hyp", "y_pred", "predicted_label", "output"),
        *("candidates", "text", "transcription", "transcript", "label", "sentence", "word", "class"),
    ),
}
"""The first of them that a table has is taken."""

KNOWN = {*ID_NAMES, *TEXT_NAMES["truth"], *TEXT_NAMES["predictions"]}
CANDIDATE = re.compile(r"(candidate|prediction|predicted|pred|hypothesis|hyp|text|label|top)[ _-]?(\d+)")
"""A column of an n-best list, with its place."""


_NUMBERED = re.compile(r"[\d./]")


@dataclass(frozen=True, kw_only=True)
class ColumnArguments:
    """Columns that a person named: by name, or by place from 1; ``None`` to tell them by their names."""

    text: str | None = None
    """Several for n-best, with commas between."""

    holds: str = "text"
    """What is compared, for messages: ``text`` or ``label``."""

    id: str | None = None
    id_if_there: bool = False
    """The id was named for several files, of which this one may lack it: it is then told by its name."""

    group: str | None = None
    others: tuple[str, ...] = ()
    """Columns that were named for other files, which may be columns of the same table: a row with one is a header."""


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Where things stand in each row, from 0."""

    id: int | None
    texts: tuple[int, ...]
    group: int | None
    count: int
    names: tuple[str, ...]
    """The header's; empty where there is none."""

    has_asked_id: bool
    """Whether the column of ids that a person named is there."""

    def describe(self) -> str:
        """For a person, in a few words; what is compared may be texts or labels."""
        compared = ", ".join(map(self._called, self.texts))
        columns = "columns" if len(self.texts) > 1 else "column"
        return ("" if self.id is None else f"id column {self._called(self.id)}, ") + f"{columns} {compared}"

    def _called(self, place: int) -> str:
        return f"“{self.names[place]}”" if self.names else f"{place + 1}"


def choose_columns(path: Path, first: Sequence[str], side: Side, asked: ColumnArguments) -> Columns:
    """The columns of a table whose first row is ``first``.

    Raises:
        DataError: a column cannot be identified by its name, or does not exist; the message lists those there are.
        UsageError: a place is out of range.
    """
    names = tuple(cell.strip() for cell in first)
    header = is_header(names, asked)
    found = _Finder(path=path, names=names if header else (), count=len(names))
    option = "`truth_column`" if side == "truth" else "`column`"
    lacks = asked.id is not None and asked.id_if_there and not found.has(asked.id)
    named = identity = None if asked.id is None or lacks else found.asked_for(asked.id, "`id`")
    group = None if asked.group is None else found.asked_for(asked.group, "`group`")
    if asked.text is not None:
        texts = tuple(found.asked_for(part.strip(), option) for part in _parts(asked.text, names))
    elif header:
        texts = found.texts(side, option, taken={identity, group})
    else:
        texts = found.headless(option, identity)
    if identity is None and header:
        identity = found.identity(taken={*texts, group})
    elif identity is None and len(names) == 2 and texts == (1,):
        identity = 0
    return Columns(
        id=identity, texts=texts, group=group, count=len(names), names=found.names, has_asked_id=named is not None
    )


def looks_like_header(first: Sequence[str], second: Sequence[str], columns: Columns) -> bool:
    """Whether a first row that is taken for data may name columns: its id has no digit or point, the next one has."""
    if columns.names or columns.id is None or len(second) != columns.count:
        return False
    return not _NUMBERED.search(first[columns.id]) and _NUMBERED.search(second[columns.id]) is not None


def is_header(names: Sequence[str], asked: ColumnArguments) -> bool:
    """Whether a first row names columns: two known names, one where it has one cell, or one that was asked for."""
    folded = [name.casefold() for name in names]
    known = sum(name in KNOWN or CANDIDATE.fullmatch(name) is not None for name in folded)
    wanted = {
        part.strip()
        for one in (asked.text, asked.id, asked.group, *asked.others)
        if one
        for part in (one, *one.split(","))
    }
    named = any(name in wanted and not name.isdecimal() for name in names)
    return named or known >= min(2, len(names)) > 0


def _parts(asked: str, names: Sequence[str]) -> list[str]:
    return [asked] if asked in names else asked.split(",")


@dataclass(frozen=True, kw_only=True)
class _Finder:
    path: Path
    names: tuple[str, ...]
    count: int

    def has(self, wanted: str) -> bool:
        """Whether a column is called so; a place is one in every table."""
        return wanted.isdecimal() or wanted.casefold() in (name.casefold() for name in self.names)

    def asked_for(self, wanted: str, option: str) -> int:
        if wanted in self.names:
            return self.names.index(wanted)
        folded = [name.casefold() for name in self.names]
        if folded.count(wanted.casefold()) == 1:
            return folded.index(wanted.casefold())
        if wanted.isdecimal():
            if not 1 <= int(wanted) <= self.count:
                raise UsageError(f"{option} {wanted}: {self.path} has columns 1 to {self.count}")
            return int(wanted) - 1
        raise DataError(f"{self.path} has no column “{wanted}”: {self._listed()}", f"give one of these to {option}")

    def texts(self, side: Side, option: str, *, taken: set[int | None]) -> tuple[int, ...]:
        folded = [name.casefold() for name in self.names]
        if side == "predictions" and (ranked := self._ranked(folded)):
            return ranked
        for name in TEXT_NAMES[side]:
            if name in folded and folded.index(name) not in taken:
                return (folded.index(name),)
        others = [place for place, name in enumerate(folded) if name not in ID_NAMES and place not in taken]
        if len(others) == 1:
            return (others[0],)
        what = "the truth" if side == "truth" else "the predictions"
        raise DataError(
            f"it is not clear which column of {self.path} holds {what}: {self._listed()}",
            f"name it, or give its place: {option} NAME",
        )

    def headless(self, option: str, identity: int | None) -> tuple[int, ...]:
        if self.count == 1:
            return (0,)
        if self.count == 2 and identity in (None, 0):
            return (1,)
        raise DataError(
            f"{self.path} has {counted(self.count, 'column')} and no names for them in its first row",
            f"say by place which they are: `id` 1 {option} 2",
        )

    def identity(self, *, taken: set[int | None]) -> int | None:
        places = (place for place, name in enumerate(self.names) if name.casefold() in ID_NAMES)
        return next((place for place in places if place not in taken), None)

    def _ranked(self, folded: Sequence[str]) -> tuple[int, ...]:
        lists: dict[str, dict[int, int]] = {}
        for place, name in enumerate(folded):
            found = CANDIDATE.fullmatch(name)
            if found:
                lists.setdefault(found[1], {})[int(found[2])] = place
        if not lists:
            return ()
        longest = max(lists.values(), key=len)
        return tuple(longest[rank] for rank in sorted(longest))

    def _listed(self) -> str:
        listed = ", ".join(f"“{name}”" for name in self.names)
        return f"it has {listed}" if listed else f"it has {counted(self.count, 'column')} without names"
