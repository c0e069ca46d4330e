"""The result of a part of the homework: plain values, which the page is made from and a file keeps.

Nothing here is drawn or computed. A section that was kept as JSON and read again makes the same page. The classes are
also the schema by which a kept one is checked.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Annotated, Any, NotRequired, Self, TypedDict

import msgspec
from msgspec import Meta

from dlhw.learning.schemas import Positive
from dlhw.learning.validation import check

Value = float | int | str | None
Text = Annotated[str, Meta(max_length=100_000)]
Seconds = Annotated[float, Meta(ge=0, le=1e12)]
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True, kw_only=True)
class Row:
    """A quantity of the original beside ours."""

    quantity: Text
    reported: Value
    """As the homework's report gives it; ``None`` where it gives none."""

    ours: Value
    low: float | None = None
    """Of the 95 % interval."""

    high: float | None = None
    data: Text = ""
    """What ours was measured on."""

    summary: bool = True
    """Whether it is in the table at the beginning of the page, too."""

    signed: bool = False
    """Whether ours is a difference, shown with its sign."""

    command: Text | None = None
    """That gets this number, where it is not the section's."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A figure with its caption."""

    name: Text
    """``Figure 3`` where the report has one of that number, ``Figure B`` where it has none."""

    caption: Text
    svg: Annotated[str, Meta(pattern=r"(?is)^<svg(?!.*(<script|<foreignobject|javascript:|\son\w+\s*=))")]
    """Markup made by dlhw, which goes into the page as it is: colours are CSS variables, people’s text is escaped."""

    wide: bool = False
    """Whether it takes the whole width, or may stand beside another."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table with its caption. Cells are shown as they stand; numbers are set to the right."""

    caption: Text
    columns: tuple[Text, ...]
    rows: tuple[tuple[Value, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Section:
    """All that the page says of a part beside its prose."""

    rows: tuple[Row, ...]
    command: Text
    """That gets these numbers alone."""

    data: Text
    """What was learnt from and measured on, in a sentence."""

    remarks: tuple[Text, ...] = ()
    """On what differs from the report, a sentence or two each."""

    holds: bool = True
    """Whether its claims hold and its exact numbers are exact. Accuracies are measured, never judged."""

    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Values for which the page has a form of its own: a confusion matrix, words that were read."""

    training_seconds: Seconds = 0.0
    """What its trainings took, epoch by epoch, whichever command they were made by."""

    environments: tuple[Mapping[str, Any], ...] = ()
    """Where its trainings were made, as :func:`dlhw.report.environments.described` has them; none without trainings."""

    carried_over: Text = ""
    """Where its numbers come from, if they were not made together with the page; empty if they were."""

    @property
    def commands(self) -> dict[str, tuple[str, ...]]:
        """Each command with the quantities that it gets, in the order of the rows."""
        found: dict[str, tuple[str, ...]] = {}
        for row in self.rows:
            command = row.command or self.command
            found[command] = (*found.get(command, ()), row.quantity)
        return found

    def as_document(self) -> dict[str, Any]:
        """The same as plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """What :meth:`as_document` was made from, but for tuples in ``extra``, which come back as lists.

        Raises:
            ValueError: a value is not of the kind that it should be.
        """
        return msgspec.convert(document, cls)


class _Where(TypedDict):
    device_name: Text
    threads: Positive | None
    threads_each: Positive | None
    system: Text
    versions: dict[Text, Text]
    date: datetime.date | None


class _Confusion(TypedDict):
    classes: list[Text]
    counts: list[list[Annotated[int, Meta(ge=0)]]]
    caption: Text


class _Letters(TypedDict):
    text: Text
    marked: bool


class _Worst(TypedDict):
    image: Annotated[str, Meta(pattern=r"^data:image/png;base64,[A-Za-z0-9+/=]*$")] | None
    written: list[_Letters]
    read: list[_Letters]
    edits: int


class _Extra(TypedDict):
    confusion: NotRequired[_Confusion]
    worst: NotRequired[list[_Worst]]
    classes: NotRequired[Annotated[int, Meta(ge=2, le=100_000)]]


class KeptPart(TypedDict):
    """``parts/QUESTION.json`` of a reproduction."""

    seconds: Seconds
    environment: _Where
    section: Section


def kept_part(document: Any) -> Any:
    """The schema of such a file, in which names of earlier versions are replaced first.

    Raises:
        ValueError: a key is missing, or a table of the document has rows of different lengths.
    """
    _rename(document)
    check(document, KeptPart)
    section = document["section"]
    _check_whole(Section, section)  # of which the next line takes three
    for kind, written in {Row: section["rows"], Figure: section["figures"], Table: section["tables"]}.items():
        for one in written:
            _check_whole(kind, one)
    check(section["extra"], _Extra)
    check(section["environments"], list[_Where])
    tables = [(one["columns"], one["rows"]) for one in section["tables"]]
    if confusion := section["extra"].get("confusion"):
        tables.append((confusion["classes"], confusion["counts"]))
        if len(confusion["classes"]) != len(confusion["counts"]):
            raise ValueError("its confusion matrix is not square")
    if any(len(row) != len(columns) for columns, rows in tables for row in rows):
        raise ValueError("a table has rows of different lengths")
    return KeptPart


def _rename(document: Any) -> None:
    """Give figures and images the names that they have now; once they were pictures, both of them."""
    section = document.get("section") if isinstance(document, dict) else None
    extra = section.get("extra") if isinstance(section, dict) else None
    worst = extra.get("worst") if isinstance(extra, dict) else None
    renamed = [(section, "pictures", "figures")]
    renamed += [(one, "picture", "image") for one in (worst if isinstance(worst, list) else ())]
    for place, before, now in renamed:
        if isinstance(place, dict) and before in place and now not in place:
            place[now] = place.pop(before)


def _check_whole(kind: type[Section | Row | Figure | Table], written: Mapping[str, Any]) -> None:
    if missing := {each.name for each in fields(kind)} - written.keys():
        raise ValueError(f"it lacks `{min(missing)}`")


def power_of_ten(value: float) -> str:
    """A small or large number as a person writes it.

    Example:
        >>> power_of_ten(1.4e-9)
        '1.4·10⁻⁹'
    """
    if value == 0 or 0.01 <= abs(value) < 1000:
        return f"{value:.3g}".replace("-", "−")
    digits, exponent = f"{value:.1e}".split("e")
    return f"{digits.replace('-', '−')}·10{str(int(exponent)).translate(RAISED)}"


def named(source: str) -> str:
    """A file by its name: its folder means nothing to a reader, and is private."""
    if source.startswith("procedural"):
        return source[:1].upper() + source[1:]
    return Path(source).name
