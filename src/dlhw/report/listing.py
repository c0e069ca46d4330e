"""A reproduction in the list of runs: its parts stand in place of trials. Nothing of PyTorch is imported here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NotRequired, TypedDict

from dlhw.errors import RunError
from dlhw.learning.files import read_json
from dlhw.learning.run import CONFIG
from dlhw.learning.run_listing import ListedRun, ListedTrial
from dlhw.report.scale import QUESTIONS

REPORT, KEPT = "report.json", "parts"
"""In the folder of a reproduction: the document of the command, and the parts that are done."""


class PartOfPage(TypedDict):
    """An entry of ``parts`` in the document."""

    question: str
    status: str


class Document(TypedDict):
    """As much of it as says what the page has."""

    parts: list[PartOfPage]


class Noted(TypedDict):
    """As much of the configuration as says which parts the last command asked for."""

    only: NotRequired[list[str]]


def with_parts(run: ListedRun) -> ListedRun:
    """The run with its parts, where it is a reproduction.

    It is finished where its page has every part that was asked for: those that were not, as with ``--only``, may be
    added later. Asked for are those of the last command and those that are there.
    """
    if run.command != "reproduce" or run.status == "damaged":
        return run
    kept = [question for question in QUESTIONS if (run.directory / KEPT / f"{question}.json").exists()]
    parts = tuple(
        ListedTrial(name=question, epochs=0, ended=True, quantity=None, best_value=None, best_epoch=None)
        for question in kept
    )
    asked = _asked(run.directory)
    whole = bool(kept) and kept == _on_page(run.directory) and (asked is None or asked <= {*kept})
    status = "finished" if run.status == "unfinished" and whole else run.status
    count = len(asked | {*kept}) if asked is not None else len(kept) if whole else len(QUESTIONS)
    return replace(run, trials=parts, asked=count, status=status)


def _asked(directory: Path) -> set[str] | None:
    """The parts that the last command asked for; ``None`` where an earlier dlhw did not note them."""
    try:
        noted = read_json(directory / CONFIG, Noted).get("only")
    except RunError:
        return None
    return None if noted is None else {*noted} & {*QUESTIONS}


def _on_page(directory: Path) -> list[str]:
    """The parts that were asked for when the page was written; none where there is no page, or its document is bad."""
    try:
        document = read_json(directory / REPORT, Document)
    except RunError:
        return []  # the next reproduction in this folder writes it anew
    return [part["question"] for part in document["parts"] if part["status"] != "missing"]
