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

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Self

from dlhw import __version__
from dlhw.cnn.intel import located
from dlhw.cnn.sources import load_landscapes
from dlhw.errors import DataError, RunError, UsageError, no_file
from dlhw.learning.device import Compute, environment
from dlhw.learning.events import Observer, Silence
from dlhw.learning.experiment import Experiment
from dlhw.learning.files import note, remove_temporaries, write_atomically, write_json
from dlhw.learning.resuming import Changeable
from dlhw.learning.run import Run, read_config
from dlhw.learning.seeds import check_seed
from dlhw.report.handin.column import with_numbers
from dlhw.report.handin.judging import judged_document
from dlhw.report.handin.reading import HandIn
from dlhw.report.listing import KEPT, REPORT
from dlhw.report.making import make_part, read_part
from dlhw.report.page import Entry, render_page
from dlhw.report.parts import PARTS
from dlhw.report.scale import QUESTIONS, SCALES, Scale
from dlhw.report.workplace import Workplace

PAGE, RUNS = "index.html", "runs"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How the page is made.

    Raises:
        UsageError: the seed is out of range.
    """

    scale: Scale
    seed: int = 42
    version: str = __version__
    """Of dlhw: another one may make another page."""

    def __post_init__(self) -> None:
        check_seed(self.seed)

    def as_config(self) -> dict[str, Any]:
        """The same as plain values: two commands with the same ones and the same data make the same page."""
        return {"scale": self.scale.name, "seed": self.seed, "version": self.version}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """The settings of a run's configuration."""
        return cls(scale=SCALES[config["scale"]], seed=config["seed"], version=config["version"])


@dataclass(frozen=True, kw_only=True)
class Request:
    """Which landscapes Question 2 learns from, and whose numbers ours stand beside.

    Raises:
        UsageError: there is nothing of that name.
    """

    data: Path | None = None
    """``None`` for procedural ones."""

    hand_in: HandIn | None = None
    """Another group's numbers, which take the column *reported* and are judged."""

    def __post_init__(self) -> None:
        if self.data is None:
            return
        place = located(self.data) or self.data  # ``intel`` may have been fetched
        if not (place.is_file() or place.is_dir()):
            raise UsageError(no_file(self.data), "give `data` an archive or a folder, or leave it out")

    @cached_property
    def fingerprint(self) -> str | None:
        """A hash of the landscapes, wherever they lie; ``None`` for procedural ones, empty where they cannot be read.

        What cannot be read is reported by the parts that need it; the others are made anyway.
        """
        try:
            return None if self.data is None else load_landscapes(self.data).fingerprint()
        except DataError:
            return ""


@dataclass(frozen=True, kw_only=True)
class Reproduction(Experiment[Settings, Request, str | None]):
    """A reproduction, whose folder this process holds. Its data are the fingerprint of its landscapes."""

    command: ClassVar[str] = "reproduce"
    settings_type: ClassVar[type[Settings]] = Settings
    may_hold: ClassVar[frozenset[str]] = frozenset({RUNS})

    @classmethod
    @contextmanager
    def load_data(cls, settings: Settings, request: Request, compute: Compute) -> Iterator[tuple[Request, str | None]]:
        """The fingerprint alone: the parts read the images."""
        yield request, request.fingerprint

    @classmethod
    @contextmanager
    def load_same_data(
        cls, settings: Settings, request: Request, compute: Compute, run: Run
    ) -> Iterator[tuple[Request, str | None]]:
        """The fingerprint. Landscapes that cannot be read now, or could not be then, are not distinguished."""
        before = run.config["data"]
        if not _same_landscapes(before, request):
            raise RunError(
                f"the reproduction in {run.directory} was asked for with other landscapes", "give another `out`"
            )
        yield request, request.fingerprint or before

    @classmethod
    def data_config(cls, request: Request, data: str | None) -> dict[str, Any]:
        """The fingerprint, and no place: a page does not say where a person's files lie. Of a hand-in whose it is."""
        return {"data": data} | ({} if request.hand_in is None else {"hand_in": request.hand_in.name})

    @classmethod
    def same_settings(cls, before: Settings, given: Mapping[str, Any], run: Run) -> Settings:
        """Those that are asked for, which have to be those of the run."""
        settings, there = Settings(**given), before.as_config()
        for name, value in settings.as_config().items():
            if there[name] != value:
                raise RunError(
                    f"the reproduction in {run.directory} was asked for with {name} {there[name]}, not {value}",
                    "give another `out`",
                )
        return settings

    @classmethod
    def unfinished(cls, given: Mapping[str, Any], request: Request) -> Callable[[Path], bool]:
        """One that was asked for in this way and lacks a part or the page."""
        asked = Settings(**given).as_config()

        def wanted(directory: Path) -> bool:
            try:
                there = read_config(directory)
            except RunError as error:
                note(f"{error.message}; that reproduction is left alone")
                return False
            same = all(there.get(name) == value for name, value in asked.items())
            hand_in = None if request.hand_in is None else request.hand_in.name
            if not same or there.get("hand_in") != hand_in or not _same_landscapes(there.get("data"), request):
                return False
            kept = all(read_part(directory / KEPT, part) is not None for part in PARTS)
            return not (kept and (directory / REPORT).exists())

        return wanted

    @property
    def page(self) -> Path:
        return self.run.directory / PAGE

    def make(
        self,
        *,
        only: Sequence[str] = QUESTIONS,
        changed: Collection[Changeable] = (),
        observer: Observer | None = None,
        should_stop: Callable[[], int] = lambda: 0,
    ) -> list[Entry]:
        """Make the parts that are asked for and not yet done. One that fails leaves the others as they are.

        Args:
            only: which of the questions.
            changed: as for :class:`Workplace`.
            observer: receives the events of every part that is asked for.
            should_stop: a signal's number stops, 0 continues.

        Returns:
            An entry for every part of the homework; those that were neither asked for nor done before are ``missing``.

        Raises:
            InterruptedRun: a stop was requested; the same command continues from there.
        """
        observer, directory = observer or Silence(), self.run.directory
        remove_temporaries(directory, PAGE, REPORT)
        remove_temporaries(directory / KEPT, *(f"{part.question}.json" for part in PARTS))
        self.run.write_config({**self.run.config, "only": [one for one in QUESTIONS if one in only]})  # for dlhw runs
        self.run.write_environment(environment(self.compute))
        entries = []
        for part in PARTS:
            kept = read_part(directory / KEPT, part)
            if kept is not None:
                if part.question in only:
                    observer.started(part.question, [kept])
                    observer.ended(part.question, {"status": "kept", "seconds": kept.seconds})
                entries.append(kept)
            elif part.question not in only:
                entries.append(Entry(question=part.question, title=part.title, status="missing"))
            else:
                place = Workplace(
                    question=part.question,
                    scale=self.settings.scale,
                    data=self.request.data,
                    seed=self.settings.seed,
                    compute=self.compute,
                    changed=changed,
                    runs=_folder(directory / RUNS),
                    observer=observer,
                    should_stop=should_stop,
                )
                entries.append(make_part(part, place, _folder(directory / KEPT)))
        return entries

    def document(self, outcomes: Sequence[Entry]) -> dict[str, Any]:
        """Set the page, write it, and say what stands on it."""
        scale, data = self.settings.scale.name, self.request.data
        source = None if data is None else data.name
        hand_in = self.request.hand_in
        judged = None if hand_in is None else judged_document(hand_in)
        outcomes = outcomes if hand_in is None else with_numbers(outcomes, hand_in)
        content = render_page(outcomes, plan={**self.settings.as_config(), "source": source}, hand_in=judged)
        write_atomically(self.page, content.encode())
        return {
            "page": str(self.page),
            "scale": scale,
            "data": source,
            "rows": [row for entry in outcomes for row in _rows(entry)],
            "parts": [entry.as_document() for entry in outcomes],
            "hand_in": judged,
            "passed": all(entry.passed for entry in outcomes if entry.status != "missing"),
        }

    def write_result(self, document: Mapping[str, Any]) -> None:
        """Keep the document beside the page."""
        write_json(self.run.directory / REPORT, document)


def _same_landscapes(before: str | None, request: Request) -> bool:
    return request.fingerprint == before or "" in (request.fingerprint, before)


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
        raise RunError(f"could not make the folder {path}: {error.strerror}", "give another `out`") from error
    return path
