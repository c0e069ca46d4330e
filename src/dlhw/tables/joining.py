"""Truth and predictions brought together: by id, or by place where one of them has no ids.

Nothing is dropped in silence. What is missing, unknown, repeated or in another order is counted and named; truth that
contradicts itself, and files without ids that are not equally long, are errors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any

from dlhw.errors import DataError
from dlhw.tables.id_changes import IdChange, find_change
from dlhw.tables.sources import Row, Source
from dlhw.tables.store import BUCKETS, Store, Workspace

NAMED_AT_MOST = 5
AT_ONCE = 2**15
"""Rows that are handed on together."""

Watch = Callable[[str, int], None]
"""Told what is being done, and how many rows so far."""


@dataclass(kw_only=True)
class Named:
    """How many ids something is said of, and the first of them."""

    count: int = 0
    first: list[tuple[int, str]] = field(default_factory=list)
    """(line, id), by line; five at most."""

    def add(self, line: int, identity: str) -> None:
        self.count += 1
        if len(self.first) < NAMED_AT_MOST or (line, identity) < self.first[-1]:
            self.first = sorted([*self.first, (line, identity)])[:NAMED_AT_MOST]

    def as_document(self) -> dict[str, Any]:
        return {"count": self.count, "first": [identity for _, identity in self.first]}


@dataclass(kw_only=True)
class Findings:
    """What is to be said of one file of predictions."""

    missing: Named = field(default_factory=Named)
    """Ids of the truth that it lacks; they count as predicted wrong."""

    unknown: Named = field(default_factory=Named)
    """Its ids that the truth lacks; they cannot be scored."""

    repeated: Named = field(default_factory=Named)
    """Ids that have several rows; these are candidates, the best first."""

    reordered: Named = field(default_factory=Named)
    """Ids that come before one that they follow in the truth."""

    folders: IdChange | None = None
    """By which its ids are those of the truth, where none was as it stands there."""

    def as_document(self) -> dict[str, Any]:
        named = {name: one.as_document() for name, one in vars(self).items() if isinstance(one, Named)}
        return {**named, "folders": None if self.folders is None else str(self.folders)}


@dataclass(kw_only=True)
class Matched:
    """Some rows of the truth with what was predicted for them."""

    lines: list[int]
    """Of each row in the truth's file, from 1."""

    ids: list[str]
    """Empty texts where the truth has none."""

    references: list[str]
    groups: list[str]
    candidates: list[list[tuple[str, ...]]]
    """For each file of predictions the candidates of each row; none where it is missing."""


@dataclass(kw_only=True)
class Joined:
    """What was found out while joining; complete once all rows have been taken."""

    by_id: bool
    rows: int = 0
    repeated_truth: Named = field(default_factory=Named)
    """Ids that the truth has several times, with the same text; they count once."""

    findings: list[Findings] = field(default_factory=list)


def join(
    truth: Source, predictions: Sequence[Source], *, watch: Watch = lambda _what, _rows: None
) -> tuple[Joined, Iterator[Matched]]:
    """Bring truth and predictions together.

    Ten million rows need no more memory than a hundred thousand: rows with ids wait on disk, divided by their ids.

    Args:
        truth: opened, not yet read.
        predictions: a file a system.
        watch: is called with the progress.

    Returns:
        What is found out on the way, and the rows to take, in the truth's order unless they had to wait on disk.

    Raises:
        DataError: while rows are taken: the truth gives an id two different texts, no id of a file is in the truth,
            or files without ids are not equally long.
    """
    by_id = truth.has_ids and all(source.has_ids for source in predictions)
    joined = Joined(by_id=by_id, findings=[Findings() for _ in predictions])
    joining = _by_id if by_id else _by_place
    return joined, joining(truth, predictions, joined, watch)


def _by_place(truth: Source, predictions: Sequence[Source], joined: Joined, watch: Watch) -> Iterator[Matched]:
    without = [source.path for source in (truth, *predictions) if not source.has_ids]
    streams = [_runs(source, found) for source, found in zip(predictions, joined.findings, strict=True)]
    lengths = [0] * len(predictions)
    part = _empty(len(predictions))
    for line, identity, texts, group in truth.rows:
        joined.rows += 1
        _append(part, line, identity, texts[0] if texts else "", group)
        for system, stream in enumerate(streams):
            theirs, found = next(stream, ("", None))
            lengths[system] += found is not None
            part.candidates[system].append(found or ())
            if truth.has_ids and theirs and PurePath(theirs).stem != PurePath(identity).stem:
                raise DataError(
                    f"{predictions[system].path} has the id {theirs} where {truth.path} has {identity}, and since "
                    f"{without[0]} has no ids all rows are matched by their place",
                    f"give {without[0]} a column of ids, or score it alone",
                )
        if len(part.lines) >= AT_ONCE:
            watch("scored", joined.rows)
            yield part
            part = _empty(len(predictions))
    for system, stream in enumerate(streams):
        length = lengths[system] + sum(1 for _ in stream)
        if length != joined.rows:
            raise DataError(
                f"{truth.path} has {joined.rows:,} rows and {predictions[system].path} has {length:,}, and since "
                f"{without[0]} has no ids rows are matched by their place",
                f"give {' and '.join(map(str, without))} with a column of ids",
            )
    if part.lines:
        yield part


def _runs(source: Source, findings: Findings) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The id of each row, empty where there are none, and its candidates; rows that follow one another with the same id
    are one."""
    if not source.has_ids:
        yield from (("", texts) for _, _, texts, _ in source.rows)
        return
    current: tuple[str, ...] | None = None
    last, repeated = "", False
    for line, identity, texts, _ in source.rows:
        if current is not None and identity == last:
            current += texts
            if not repeated:
                findings.repeated.add(line, identity)
            repeated = True
            continue
        if current is not None:
            yield last, current
        current, last, repeated = texts, identity, False
    if current is not None:
        yield last, current


def _by_id(truth: Source, predictions: Sequence[Source], joined: Joined, watch: Watch) -> Iterator[Matched]:
    with Workspace() as workspace:
        stores = [_stored(source, workspace, watch) for source in (truth, *predictions)]
        if any(store.on_disk for store in stores):
            for store in stores:
                store.spill()
        else:
            _join_folders(stores, joined)
        doubts = [source.doubt for source in (truth, *predictions)]
        matching = _Matching(truth, [source.path for source in predictions], joined, doubts)
        for bucket in range(BUCKETS if stores[0].on_disk else 1):
            matched = matching.match(stores[0].bucket(bucket), [store.bucket(bucket) for store in stores[1:]])
            for first in range(0, len(matched.lines), AT_ONCE):
                watch("scored", joined.rows - len(matched.lines) + first)
                yield _part(matched, first, first + AT_ONCE)
        matching.check()


def _join_folders(stores: Sequence[Store], joined: Joined) -> None:
    """Where no id of a file is in the truth but for the folders before all, or a suffix, join the ids without these."""
    truth = {identity for _, identity, _, _ in stores[0].bucket(0)}
    for store, findings in zip(stores[1:], joined.findings, strict=True):
        ids = [identity for _, identity, _, _ in store.bucket(0)]
        if truth.isdisjoint(ids) and (change := find_change(truth, ids)):
            store.rename(change.apply)
            findings.folders = change


def _stored(source: Source, workspace: Workspace, watch: Watch) -> Store:
    store = Store(workspace)
    count = 0
    for count, row in enumerate(source.rows, 1):
        store.keep(row)
        if count % AT_ONCE == 0:
            watch(f"read {source.path.name}", count)
    return store


class _Matching:
    def __init__(self, truth: Source, predictions: Sequence[Path], joined: Joined, doubts: Sequence[str]) -> None:
        self._truth = truth.path
        self._holds = truth.holds
        self._doubts = doubts
        self._predictions = predictions
        self._joined = joined
        self._known = [0] * len(predictions)
        """Rows of each file whose id is in the truth."""

        self._example = ""

    def match(self, truth: list[Row], predictions: list[list[Row]]) -> Matched:
        """All rows of the truth among these with their predictions; what does not match is noted."""
        part = _empty(len(predictions))
        places: dict[str, int] = {}
        repeated: set[str] = set()
        for line, identity, texts, group in truth:
            text = texts[0] if texts else ""
            place = places.setdefault(identity, len(part.ids))
            if place == len(part.ids):
                _append(part, line, identity, text, group)
                continue
            self._check_same(part, place, line, text, group)
            if identity not in repeated:
                self._joined.repeated_truth.add(line, identity)
                repeated.add(identity)
        self._joined.rows += len(part.ids)
        self._example = self._example or (part.ids[0] if part.ids else "")
        for system, rows in enumerate(predictions):
            part.candidates[system] = self._candidates(system, rows, places, part)
        return part

    def check(self) -> None:
        """Raises where a file has not one id in common with the truth."""
        for path, known, findings in zip(self._predictions, self._known, self._joined.findings, strict=True):
            if not known and findings.unknown.first:
                theirs = findings.unknown.first[0][1]
                doubts = [doubt for doubt in self._doubts if doubt]
                raise DataError(
                    f"no id of {path} is in {self._truth}: “{theirs}” there, “{self._example}” here",
                    "; ".join(doubts)
                    or "ids may differ by the folders before them or by a suffix, not by both; `id` names their column",
                )

    def _candidates(
        self, system: int, rows: list[Row], places: dict[str, int], truth: Matched
    ) -> list[tuple[str, ...]]:
        findings = self._joined.findings[system]
        found: list[tuple[str, ...] | None] = [None] * len(truth.ids)
        repeated: set[int] = set()
        furthest = -1
        for line, identity, texts, _ in rows:
            place = places.get(identity)
            if place is None:
                findings.unknown.add(line, identity)
                continue
            self._known[system] += 1
            earlier = found[place]
            if earlier is None:
                found[place] = texts
                if place < furthest:
                    findings.reordered.add(line, identity)
                else:
                    furthest = place
            else:
                found[place] = (*earlier, *texts)
                if place not in repeated:
                    findings.repeated.add(line, identity)
                    repeated.add(place)
        for place, candidates in enumerate(found):
            if candidates is None:
                findings.missing.add(truth.lines[place], truth.ids[place])
        return [candidates or () for candidates in found]

    def _check_same(self, part: Matched, place: int, line: int, text: str, group: str) -> None:
        for what, kept, came in (
            (f"{self._holds}s", part.references[place], text),
            ("groups", part.groups[place], group),
        ):
            if kept != came:
                raise DataError(
                    f"{self._truth} gives “{part.ids[place]}” two {what}: “{kept}” in line {part.lines[place]} and "
                    f"“{came}” in line {line}",
                    "keep the row that is right, and remove the other",
                )


def _empty(systems: int) -> Matched:
    return Matched(lines=[], ids=[], references=[], groups=[], candidates=[[] for _ in range(systems)])


def _append(part: Matched, line: int, identity: str, text: str, group: str) -> None:
    part.lines.append(line)
    part.ids.append(identity)
    part.references.append(text)
    part.groups.append(group)


def _part(whole: Matched, first: int, end: int) -> Matched:
    return Matched(
        lines=whole.lines[first:end],
        ids=whole.ids[first:end],
        references=whole.references[first:end],
        groups=whole.groups[first:end],
        candidates=[candidates[first:end] for candidates in whole.candidates],
    )
