"""What ``dlhw ocr check`` shows, from its JSON document."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from dlhw.console.streams import printable
from dlhw.console.tables import Items, plain_table
from dlhw.plurals import counted, part_of

LISTED_AT_MOST = 50
"""Rows of one kind."""

CHARACTERS_AT_MOST = 120
RARE_AT_MOST = 12
FEW = 10
"""A character with fewer occurrences than this is hardly learnt."""


def check_result(document: Mapping[str, Any]) -> Iterator[RenderableType]:
    """The rows that there is something to say about, by what that is, then what those that are used hold."""
    for key, style in (("rejected", "bold red"), ("skipped", "bold yellow"), ("remarks", "bold")):
        rows = document[key]
        for kind in dict.fromkeys(row["kind"] for row in rows):
            group = [row for row in rows if row["kind"] == kind]
            yield Text(f"{kind[0].upper()}{kind[1:]}", style=style)
            yield _rows_table(group[:LISTED_AT_MOST], document)
            if len(group) > LISTED_AT_MOST:
                yield Text(f"  … and {len(group) - LISTED_AT_MOST:,} more; --json names all", style="dim")
            yield Text()
    yield Text(printable(document["data"]), style="bold", overflow="fold")
    yield _summary(document)
    if document["words"]:
        yield _distributions(document)
    if document["faults"]:
        yield _faults_table(document)
    for warning in document["warnings"]:
        yield Text(printable(warning), style="yellow")
    if document["passed"]:
        yield Text("No row is faulty." if document["faults"] else "Every row can be used.", style="green")


def verdict(document: Mapping[str, Any]) -> str:
    """How many rows cannot be used, as one line."""
    return f"{part_of(len(document['rejected']), _rows(document), 'row')} cannot be used"


def _rows(document: Mapping[str, Any]) -> int:
    return int(document["words"]) + len(document["rejected"]) + len(document["skipped"])


def _rows_table(group: Sequence[Mapping[str, Any]], document: Mapping[str, Any]) -> Padding:
    """Where each row of a group stands, its image, and the details, in columns that all groups share."""
    everyone = [*document["rejected"], *document["skipped"], *document["remarks"]]
    places = {id(row): f"{printable(_shorten(row['file'], document['data']))}:{row['line']}" for row in everyone}
    table = Table.grid(padding=(0, 2))
    table.add_column(width=min(max(map(len, places.values())), 28), overflow="fold")
    table.add_column(width=min(max(len(printable(row["image"])) for row in everyone), 30), overflow="fold")
    table.add_column(overflow="fold", style="dim")
    for row in group:
        detail = row["reason"].removeprefix(row["kind"]).removeprefix(": ")
        table.add_row(places[id(row)], printable(row["image"]), printable(detail))
    return Padding(table, (0, 0, 0, 2), expand=False)


def _summary(document: Mapping[str, Any]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    counts: Mapping[str, int] = document["alphabet"]["counts"]
    splits = document["splits"]
    sizes = f" ({', '.join(f'{count:,} {split}' for split, count in splits.items())})" if splits else ""
    table.add_row("format", document["format"])
    of_rows = f" of {counted(_rows(document), 'row')}" if document["faults"] else ""
    table.add_row("words", f"{document['words']:,}{of_rows}{sizes}")
    table.add_row("alphabet", _alphabet(counts))
    rare = [(letter, count) for letter, count in reversed(list(counts.items())) if count < FEW]
    if rare:
        named = [f"{_visible(letter)} {count}" for letter, count in rare[:RARE_AT_MOST]]
        more = [f"… and {len(rare) - RARE_AT_MOST:,} more"] if len(rare) > RARE_AT_MOST else []
        table.add_row("rare", Items([*named, *more, f"(fewer than {FEW} times)"], gap=2))
    return table


def _alphabet(counts: Mapping[str, int]) -> Text:
    shown = "".join(_visible(letter) for letter in sorted(counts)[:CHARACTERS_AT_MOST])
    more = f" … and {len(counts) - CHARACTERS_AT_MOST:,} more" if len(counts) > CHARACTERS_AT_MOST else ""
    return Text.assemble(f"{counted(len(counts), 'character')}  ", shown, (more, "dim"))


def _distributions(document: Mapping[str, Any]) -> Table:
    table = plain_table("", ("", "smallest", "5 %", "25 %", "median", "75 %", "95 %", "largest"))
    for heading, key in (("letters", "lengths"), ("width at height 32", "widths")):
        values = [value for name, value in document[key].items() if name != "at_limit"]
        table.add_row(heading, *map(str, values))
    return table


def _faults_table(document: Mapping[str, Any]) -> Table:
    table = plain_table("", ("left out because", "rows"))
    for kind, count in document["faults"].items():
        table.add_row(kind, f"{count:,}")
    return table


def _shorten(file: str, source: str) -> str:
    path = Path(file)
    return str(path.relative_to(source)) if path != Path(source) and path.is_relative_to(source) else path.name


def _visible(letter: str) -> str:
    """A character that shows where it stands alone."""
    if letter == " ":
        return "␣"
    return f"U+{ord(letter):04X} " if unicodedata.category(letter)[0] in "CMZ" else letter
