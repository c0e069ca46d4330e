"""A reproduction in the list of runs: its parts stand in place of trials. Nothing of PyTorch is imported here."""

from __future__ import annotations

from dataclasses import replace

from dlhw.learning.run_listing import ListedRun, ListedTrial
from dlhw.report.scale import QUESTIONS

REPORT, KEPT = "report.json", "parts"
"""In the folder of a reproduction: the document of the command, and the parts that are done."""


def with_parts(run: ListedRun) -> ListedRun:
    """The run with its parts, where it is a reproduction; it is finished with all of them and the page."""
    if run.command != "reproduce" or run.status == "damaged":
        return run
    kept = [question for question in QUESTIONS if (run.directory / KEPT / f"{question}.json").exists()]
    parts = tuple(
        ListedTrial(name=question, epochs=0, ended=True, quantity=None, best_value=None, best_epoch=None)
        for question in kept
    )
    whole = len(kept) == len(QUESTIONS) and (run.directory / REPORT).exists()
    status = "finished" if run.status == "unfinished" and whole else run.status
    return replace(run, trials=parts, asked=len(QUESTIONS), status=status)
