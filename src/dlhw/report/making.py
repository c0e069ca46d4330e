"""The parts of a reproduction: made one after the other, each kept as a file once it is done, and read again."""

from __future__ import annotations

import time
from pathlib import Path

from dlhw.errors import DlhwError, InterruptedRun, RunError
from dlhw.learning.device import environment, in_force
from dlhw.learning.events import Doing
from dlhw.learning.files import note, read_json, write_json
from dlhw.report.environments import described
from dlhw.report.page import Entry
from dlhw.report.parts import Part
from dlhw.report.section import Section, kept_part
from dlhw.report.workplace import Workplace


def read_part(folder: Path, part: Part) -> Entry | None:
    """A part that was done before; ``None`` where it was not, or where its file is damaged."""
    path = folder / f"{part.question}.json"
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


def make_part(part: Part, place: Workplace, folder: Path) -> Entry:
    """Make a part and keep it in ``folder``. An error in it is an entry, too: the other questions have their results.

    Raises:
        InterruptedRun: a stop was requested.
    """
    started = time.perf_counter()
    place.observer.started(part.question)
    try:
        place.tell("beginning")
        with in_force(place.compute):
            section = part.make(place)
    except InterruptedRun:
        place.observer.ended(part.question, {"status": "stopped", "seconds": time.perf_counter() - started})
        raise
    except Exception as error:  # whatever it is, the other questions have their results
        reason = error.message if isinstance(error, DlhwError) else f"{type(error).__name__}: {error}"
        seconds = time.perf_counter() - started
        place.observer.ended(part.question, {"status": "failed", "seconds": seconds, "reason": reason})
        return Entry(
            question=part.question, title=part.title, status="failed", seconds=seconds, reason=reason, error=error
        )
    seconds, where = time.perf_counter() - started, described(environment(place.compute))
    document = {"seconds": seconds, "environment": where, "section": section.as_document()}
    write_json(folder / f"{part.question}.json", document)
    place.observer.advanced(part.question, Doing(1.0))
    place.observer.ended(part.question, {"status": "done", "seconds": seconds})
    return Entry(
        question=part.question, title=part.title, status="done", section=section, seconds=seconds, environment=where
    )
