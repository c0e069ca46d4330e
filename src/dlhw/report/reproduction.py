"""A reproduction: a folder in which parts are made one after the other, and kept as they are done.

::

    runs/reproduce/1/          or the folder that --out names
        config.json            what was asked
        parts/2.1.json         a part that is done: its section, as plain values
        runs/2.1/              an ordinary run directory of dlhw cnn train, as are 2.2, 2.4, 3a and 3b of their commands
        index.html             the page, written when all parts have ended, and only then
        report.json            the document that the command printed
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from dlhw import __version__
from dlhw.cnn.intel import located
from dlhw.cnn.sources import load_landscapes
from dlhw.errors import DataError, DlhwError, InterruptedRun, RunError, UsageError
from dlhw.learning.device import Compute, environment, in_force
from dlhw.learning.files import note, read_json, remove_temporaries, write_atomically, write_json
from dlhw.learning.resuming import Changeable
from dlhw.learning.run import CONFIG, LOCK, Run, newest_run, read_config, resume_run, start_run
from dlhw.report.environments import described
from dlhw.report.handin.column import with_numbers
from dlhw.report.handin.judging import judged_document
from dlhw.report.handin.reading import HandIn
from dlhw.report.page import Entry, render_page
from dlhw.report.parts import PARTS, Part
from dlhw.report.scale import QUESTIONS, Scale
from dlhw.report.section import Section, kept_part
from dlhw.report.watching import Unwatched, Watcher
from dlhw.report.workplace import Workplace

COMMAND = "reproduce"
PAGE, REPORT, KEPT, RUNS = "index.html", "report.json", "parts", "runs"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What was asked for.

    Raises:
        UsageError: the seed is out of range, or the data does not exist.
    """

    scale: Scale
    data: Path | None = None
    """Landscapes for Question 2; ``None`` for procedural ones."""

    seed: int = 42

    def __post_init__(self) -> None:
        if not 0 <= self.seed < 2**32:
            raise UsageError(f"--seed must be from 0 to 2³² − 1; got {self.seed}")
        if self.data is not None and not _found(self.data).exists():
            raise UsageError(f"there is nothing at {self.data}", "give --data an archive or a folder, or leave it out")

    @cached_property
    def fingerprint(self) -> str | None:
        """A hash of the landscapes, wherever they lie; ``None`` for procedural ones, empty where they cannot be read.

        What cannot be read is reported by the parts that need it; the others are made all the same.
        """
        try:
            return None if self.data is None else load_landscapes(self.data).fingerprint()
        except DataError:
            return ""

    def as_config(self) -> dict[str, Any]:
        """The same as plain values: two commands with the same ones make the same page."""
        return {"scale": self.scale.name, "data": self.fingerprint, "seed": self.seed, "version": __version__}


@dataclass(frozen=True, kw_only=True)
class Reproduction:
    """A reproduction's folder, which this process holds."""

    plan: Plan
    run: Run

    @property
    def page(self) -> Path:
        return self.run.directory / PAGE

    def kept(self, part: Part) -> Entry | None:
        """A part that was done before."""
        return _kept(self.run.directory, part)


@contextmanager
def open_reproduction(plan: Plan, *, out: Path | None = None, root: Path = Path("runs")) -> Iterator[Reproduction]:
    """Hold the folder of a new reproduction, or of the unfinished one that was asked for in the same way.

    Args:
        plan: what is asked for.
        out: the folder; without it the newest unfinished one under ``root``, else the next number there. It may hold
            runs of the single commands, under ``runs``.
        root: where numbered runs lie.

    Raises:
        RunError: the folder holds something else, or a reproduction that was asked for differently, or is held.
    """
    config = plan.as_config()
    with _hold(config, out, root) as run:
        config["data"] = config["data"] or run.config.get("data")
        remove_temporaries(run.directory, PAGE, REPORT)
        remove_temporaries(run.directory / KEPT, *(f"{part.question}.json" for part in PARTS))
        run.write_config(config)
        yield Reproduction(plan=plan, run=run)


def reproduce(
    reproduction: Reproduction,
    compute: Compute,
    *,
    only: Sequence[str] = QUESTIONS,
    changed: Collection[Changeable] = (),
    watcher: Watcher | None = None,
    should_stop: Callable[[], int] = lambda: 0,
) -> list[Entry]:
    """Make the parts that are asked for and not yet done. One that fails leaves the others as they are.

    Args:
        reproduction: where.
        compute: on what.
        only: which of the questions.
        changed: as for :class:`Workplace`.
        watcher: told of every part.
        should_stop: a signal's number stops, 0 continues.

    Returns:
        An entry for every part of the homework; those that were neither asked for nor done before are ``missing``.

    Raises:
        InterruptedRun: a stop was requested; the same command continues from there.
    """
    watcher = watcher or Unwatched()
    run, plan = reproduction.run, reproduction.plan
    run.write_environment(environment(compute))
    entries = []
    for part in PARTS:
        kept = reproduction.kept(part)
        if kept is not None:
            watcher.ended(part.question, "kept", kept.seconds)
            entries.append(kept)
        elif part.question not in only:
            entries.append(Entry(question=part.question, title=part.title, status="missing"))
        else:
            place = Workplace(
                question=part.question,
                scale=plan.scale,
                data=plan.data,
                seed=plan.seed,
                compute=compute,
                changed=changed,
                runs=_folder(run.directory / RUNS),
                watcher=watcher,
                should_stop=should_stop,
            )
            entries.append(_make(part, place, _folder(run.directory / KEPT)))
    return entries


def conclude(
    reproduction: Reproduction, entries: Sequence[Entry], *, seconds: float, hand_in: HandIn | None = None
) -> dict[str, Any]:
    """Set the page, write it and ``report.json``, and return the document of ``dlhw reproduce``.

    Args:
        reproduction: where.
        entries: every part of the homework, in order.
        seconds: what the command took.
        hand_in: another group's numbers, which take the column *reported* and are judged.
    """
    plan, directory = reproduction.plan, reproduction.run.directory
    source = None if plan.data is None else plan.data.name
    judged = None if hand_in is None else judged_document(hand_in)
    entries = entries if hand_in is None else with_numbers(entries, hand_in)
    content = render_page(entries, plan={**plan.as_config(), "source": source}, hand_in=judged)
    document = {
        "command": COMMAND,
        "version": __version__,
        "seed": plan.seed,
        "page": str(reproduction.page),
        "scale": plan.scale.name,
        "data": source,
        "rows": [row for entry in entries for row in _rows(entry)],
        "parts": [entry.as_document() for entry in entries],
        "hand_in": judged,
        "passed": all(entry.passed for entry in entries if entry.status != "missing"),
        "seconds": round(seconds, 3),
    }
    write_atomically(reproduction.page, content.encode())
    write_json(directory / REPORT, document)
    return document


def _found(data: Path) -> Path:
    return located(data) or data  # ``intel`` may be the set that was fetched


def _hold(config: dict[str, Any], out: Path | None, root: Path) -> Run:
    if out is None:
        unfinished = newest_run(COMMAND, root=root, wanted=lambda directory: _goes_on(directory, config))
        return start_run(COMMAND, root=root) if unfinished is None else resume_run(COMMAND, out=unfinished)
    if (out / CONFIG).exists():
        run = resume_run(COMMAND, out=out)
        if differing := _differing(config, run.config):
            name = differing[0]
            run.__exit__(None, None, None)
            asked = f"with {name} {run.config.get(name)}, not {config[name]}"
            raise RunError(
                f"the reproduction in {out} was asked for {'with other landscapes' if name == 'data' else asked}",
                "give another --out",
            )
        return run
    if out.exists() and not out.is_dir():
        raise RunError(f"--out {out} is a file, and a folder was expected", "give another --out")
    if out.is_dir() and any(
        path.name not in {RUNS, LOCK} and not path.name.startswith(f".{CONFIG}.") for path in out.iterdir()
    ):
        raise RunError(f"{out} holds files that are not of a reproduction", "give --out a new or an empty folder")
    return Run(_folder(out), COMMAND)


def _goes_on(directory: Path, config: dict[str, Any]) -> bool:
    """Whether a reproduction was asked for in this way and is not finished."""
    try:
        there = read_config(directory)
    except RunError as error:
        note(f"{error.message}; that reproduction is left alone")
        return False
    done = (directory / REPORT).exists() and all(_kept(directory, part) is not None for part in PARTS)
    return not done and not _differing(config, there)


def _differing(config: Mapping[str, Any], there: Mapping[str, Any]) -> list[str]:
    """What was asked for differently. Landscapes that cannot be read now, or could not be then, are not told apart."""
    unread = "" in (config["data"], there.get("data"))
    return [name for name, value in config.items() if there.get(name) != value and not (name == "data" and unread)]


def _kept(directory: Path, part: Part) -> Entry | None:
    path = directory / KEPT / f"{part.question}.json"
    if not path.exists():
        return None
    try:
        document = read_json(path, kept_part)
    except RunError as error:
        note(f"{error.message}; {part.question} is made again, from its trainings where it has some")
        return None
    return Entry(
        question=part.question,
        title=part.title,
        status="kept",
        section=Section.from_document(document["section"]),
        seconds=document["seconds"],
        environment=document["environment"],
    )


def _make(part: Part, place: Workplace, kept: Path) -> Entry:
    started = time.perf_counter()
    place.watcher.started(part.question)
    try:
        place.tell("beginning")
        with in_force(place.compute):
            section = part.make(place)
    except InterruptedRun:
        place.watcher.ended(part.question, "stopped", time.perf_counter() - started)
        raise
    except Exception as error:  # whatever it is, the other questions have their results
        reason = error.message if isinstance(error, DlhwError) else f"{type(error).__name__}: {error}"
        seconds = time.perf_counter() - started
        place.watcher.ended(part.question, "failed", seconds, reason)
        return Entry(
            question=part.question, title=part.title, status="failed", seconds=seconds, reason=reason, error=error
        )
    seconds, where = time.perf_counter() - started, described(environment(place.compute))
    document = {"seconds": seconds, "environment": where, "section": section.as_document()}
    write_json(kept / f"{part.question}.json", document)
    place.watcher.ended(part.question, "done", seconds)
    return Entry(
        question=part.question, title=part.title, status="done", section=section, seconds=seconds, environment=where
    )


def _rows(entry: Entry) -> list[dict[str, Any]]:
    where = {"where": f"{PAGE}#{entry.anchor}"}
    if entry.section is None:
        if entry.status == "missing":
            return []
        empty = {"question": entry.question, "quantity": entry.title, "reported": None, "ours": None}
        return [{**empty, **where, "reason": entry.reason}]
    return [
        {
            "question": entry.question,
            "quantity": row.quantity,
            "reported": row.reported,
            "ours": row.ours,
            **where,
            "low": row.low,
            "high": row.high,
            "data": row.data,
            "command": row.command or entry.section.command,
        }
        for row in entry.section.rows
    ]


def _folder(path: Path) -> Path:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(f"could not make the folder {path}: {error.strerror}", "give another --out") from error
    return path
