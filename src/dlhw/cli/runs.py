"""``dlhw runs``: lists runs, compares them, and frees the space that they no longer need."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from dlhw import __version__
from dlhw.cli import options


def runs(
    directories: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[RUN]...", help="Run directories, or folders of them.  [default: runs]"),
    ] = None,
    prune: Annotated[
        bool, typer.Option("--prune", help="Remove the states of trials that have ended; weights and results stay.")
    ] = False,
    json: options.Json = False,
) -> None:
    """List runs with their best values and sizes; name several to see in which settings they differ.

    \b
    Examples:
      dlhw runs                                    all runs under runs/
      dlhw runs runs/cnn-train/1 runs/cnn-train/2  two of them, and in which settings they differ
      dlhw runs --prune                            free what only an extension with more epochs needs
    """
    started = time.perf_counter()
    from dlhw.console.runs import runs_result
    from dlhw.console.streams import finish
    from dlhw.learning.run import RUNS
    from dlhw.learning.run_listing import differences, find_runs, list_run
    from dlhw.learning.run_listing import prune as prune_run
    from dlhw.report.listing import with_parts

    roots = directories or [RUNS]
    found = [run for root in roots for run in (find_runs(root) or ([root] if directories else []))]
    listed = [with_parts(list_run(directory)) for directory in found]
    freed = None
    if prune:
        freed = sum(prune_run(run.directory) for run in listed if run.status in {"finished", "unfinished"})
        listed = [with_parts(list_run(directory)) for directory in found]
    document = {
        "command": "runs",
        "version": __version__,
        "root": ", ".join(map(str, roots)),
        "runs": [run.as_document() for run in listed],
        "differences": differences(listed) if directories and len(listed) > 1 else {},
        "freed": freed,
        "seconds": round(time.perf_counter() - started, 3),
    }
    finish(document, runs_result(document), json=json)
