"""``dlhw reproduce``: the whole homework on one page."""

from __future__ import annotations

import shlex
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import typer

from dlhw.cli import options
from dlhw.cli.signals import continued_by, nothing_begun, stop_requests
from dlhw.errors import DlhwError, UsageError


def reproduce(
    quick: Annotated[bool, typer.Option("--quick", help="A few epochs and words, in minutes: the default.")] = False,
    full: Annotated[bool, typer.Option("--full", help="Full-length trainings: hours.")] = False,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="QUESTION", help="A part: 1.1 to 1.3, 2.1 to 2.4 or 3a to 3c; may be repeated."),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH",
            help="An archive or a folder of landscapes for Question 2.  [default: procedural landscapes]",
        ),
    ] = None,
    reported: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Numbers of a hand-in, for the column “reported”; each is judged."),
    ] = None,
    template: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a file for --reported to fill in, and do nothing else.")
    ] = None,
    seed: options.Seed = None,
    device: options.Device = "auto",
    threads: options.Threads = None,
    deterministic: options.Deterministic = False,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="DIR",
            help="The folder of the page and the runs.  [default: under runs/reproduce the newest that was asked for "
            "in the same way and lacks a part, else a new one]",
        ),
    ] = None,
    progress: options.Progress = "auto",
    json: options.Json = False,
) -> None:
    """Make the homework's report again: numbers beside the original's, figures and derivations.

    After an interruption the same command continues where it was.

    \b
    Examples:
      dlhw reproduce --quick                       all three questions on one page, in minutes
      dlhw reproduce --only 1.1 --only 3b          some of its parts
      dlhw reproduce --full --data intel48         full-length trainings, on real images; hours
      dlhw reproduce --out report                  page and runs in a folder of your own
      dlhw reproduce --template handin.toml        then fill it in, and
      dlhw reproduce --reported handin.toml        another group's numbers beside ours, each judged
    """
    started = time.perf_counter()
    if quick and full:
        raise UsageError("--quick and --full exclude each other", "give one of the two")
    if template is not None and reported is not None:
        raise UsageError("--template writes a file to fill in, and --reported reads one", "give one of the two")
    if template is not None:
        write_template(template, json=json)
        return
    from dlhw.report.scale import QUESTIONS, SCALES

    wanted = only or list(QUESTIONS)
    if strange := [name for name in wanted if name not in QUESTIONS]:
        raise UsageError(f"--only {strange[0]} is not a question of the homework", f"there are {', '.join(QUESTIONS)}")
    from dlhw.console import reproduce as views
    from dlhw.console.streams import finish, note
    from dlhw.console.views import is_live, watch
    from dlhw.report.handin.reading import read_hand_in

    hand_in = None if reported is None else read_hand_in(reported)
    note("the whole homework, question by question")  # at once: importing PyTorch takes seconds

    from dlhw.learning.device import configure
    from dlhw.learning.resuming import asked_to_change
    from dlhw.report.parts import PARTS
    from dlhw.report.reproduction import Reproduction, Request, Settings

    scale = SCALES["full" if full else "quick"]
    settings = Settings(scale=scale, seed=42 if seed is None else seed)
    request = Request(data=data, hand_in=hand_in)
    compute = configure(device, threads, deterministic=deterministic)
    with ExitStack() as stack:
        with nothing_begun():
            reproduction = stack.enter_context(Reproduction.start_or_resume(settings, request, compute, out=out))
        directory = reproduction.run.directory
        titles = {part.question: part.title for part in PARTS if part.question in wanted}
        display = views.PartsDisplay(views.title(scale.name, data, str(directory)), titles, scale.seconds)

        def hint() -> str:
            again: list[Any] = ["dlhw", "reproduce", f"--{scale.name}"]
            again += [word for name in only or () for word in ("--only", name)]
            again += (
                ["--data", data] * (data is not None)
                + ["--reported", reported] * (reported is not None)
                + ["--seed", seed] * (seed is not None)
                + ["--out", directory]
            )
            again += options.compute_options(device, deterministic)
            return f"to continue: {shlex.join(map(str, again))}"

        stack.enter_context(continued_by(hint))
        live = is_live(progress)
        with stop_requests(live=live) as should_stop, watch(progress, display, should_stop) as observer:
            changed = asked_to_change(device, threads)
            entries = reproduction.make(only=wanted, changed=changed, observer=observer, should_stop=should_stop)
        document = reproduction.conclude(entries, seconds=time.perf_counter() - started)
    finish(document, views.reproduction_result(document), json=json)
    if not document["passed"]:
        amiss = [entry for entry in entries if entry.status != "missing" and not entry.passed]
        raise DlhwError(
            f"{', '.join(entry.question for entry in amiss)} failed: "
            f"{amiss[0].reason or 'what it claims does not hold'}",
            "the other parts are done and kept; the same command tries again what failed",
        ) from amiss[0].error


def write_template(path: Path, *, json: bool) -> None:
    """Write a file for ``--reported``, and say where it is."""
    from dlhw import __version__
    from dlhw.console.handin import template_result
    from dlhw.console.streams import finish
    from dlhw.report.handin.template import write_template as write

    write(path)
    document = {"command": "reproduce", "version": __version__, "template": str(path)}
    finish(document, template_result(document), json=json)
