"""Shows how far truth and predictions are joined, and which ids did not match."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from dlhw.console.counting_display import watch_count
from dlhw.console.streams import note, warn
from dlhw.learning.events import Doing
from dlhw.plurals import counted

FEW_GROUPS = 20
READING = "reading"


@contextmanager
def watch_rows() -> Iterator[Callable[[str, int], None]]:
    """A line on a terminal's stderr that says what is being done, and how many rows so far."""
    with watch_count(READING, unit="rows") as observer:
        yield lambda what, rows: observer.advanced(READING, Doing(rows, what))


def tell_sources(truth: str, predictions: Sequence[tuple[str, str]]) -> None:
    """Say which columns were taken: of the truth, and of each file of predictions."""
    note(f"truth: {truth}")
    for place, (name, described) in enumerate(predictions):
        label = "predictions" if len(predictions) == 1 else letter(place)
        note(f"{label}: {name} ({described})")


def tell_findings(document: Mapping[str, Any]) -> None:
    """Say what did not match, with the first ids; nothing is left out in silence."""
    rows, truth = document[_rows_key(document)], document["truth"]
    repeated = document["repeated_truth"]
    if repeated["count"]:
        what = "text" if "words" in document else "label"
        verbs = ("occurs", "counts") if repeated["count"] == 1 else ("occur", "count")
        note(
            f"{truth}: {_ids(repeated)} {verbs[0]} several times with the same {what}, and {verbs[1]} once"
            f"{_named(repeated)}"
        )
    for system in document["systems"]:
        name = system["predictions"]
        missing, unknown, repeated, reordered = (system[key] for key in ("missing", "unknown", "repeated", "reordered"))
        if system["folders"]:
            note(f"{name}: its ids are joined {system['folders']}")
        if missing["count"]:
            warn(f"{name} lacks {missing['count']:,} of {rows:,} ids, which count as wrong{_named(missing)}")
        if unknown["count"]:
            warn(f"{name} has {_ids(unknown)} that {truth} lacks; they are not scored{_named(unknown)}")
        if repeated["count"] > rows / 2:
            note(f"{name}: several rows an id are its candidates, the best first")
        elif repeated["count"]:
            warn(f"{name} has {_ids(repeated)} several times; their rows count as candidates{_named(repeated)}")
        if reordered["count"]:
            note(f"{name} has its rows in another order; they were joined by id{_named(reordered)}")
    groups = document["groups"]
    if groups and groups["count"] < FEW_GROUPS:
        warn(f"there are {groups['count']} groups only: intervals from so few are rough, and mostly too narrow")
    for warning in document["warnings"]:
        warn(warning)


def letter(place: int) -> str:
    """What a system is called in tables: A to Z, then by number."""
    return chr(ord("A") + place) if place < 26 else str(place + 1)


def _rows_key(document: Mapping[str, Any]) -> str:
    return "words" if "words" in document else "images"


def _ids(named: Mapping[str, Any]) -> str:
    return counted(named["count"], "id")


def _named(named: Mapping[str, Any]) -> str:
    listed = ", ".join(f"“{one}”" for one in named["first"])
    return f": {listed}" + (", …" if named["count"] > len(named["first"]) else "")
