"""``dlhw cnn study``: small kernels, pooling and normalisation, measured."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from dlhw.cli import options
from dlhw.cli.signals import stop_requests
from dlhw.errors import DlhwError, InterruptedRun


def study(
    quick: Annotated[
        bool, typer.Option("--quick", help="1,800 images and five epochs: minutes, and only the rough image.")
    ] = False,
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH", help="An archive, a folder, or intel, once fetched.  [default: procedural landscapes]"
        ),
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(metavar="N", help="Passes over the data, each network.  [default: 10]")
    ] = None,
    seeds: Annotated[
        int | None, typer.Option(metavar="N", help="Trainings of each network, with as many seeds.  [default: 1]")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Fail at an unreadable image, not skip it.")] = False,
    seed: options.Seed = None,
    device: options.Device = "auto",
    threads: options.Threads = None,
    deterministic: options.Deterministic = False,
    out: options.Out = None,
    resume: options.Resume = False,
    force: options.Force = False,
    progress: options.Progress = "auto",
    json: options.Json = False,
) -> None:
    """Measure what small kernels, pooling and normalisation bring: eleven networks, compared in pairs.

    \b
    Examples:
      dlhw cnn study --quick                  the rough image, in minutes
      dlhw cnn study --data intel48.npz       on real images
      dlhw cnn study --seeds 3                with the spread over three seeds
      dlhw cnn study --resume                 go on with the newest unfinished study
    """
    started = time.perf_counter()
    from dlhw.cnn.study import study as studies
    from dlhw.cnn.study.settings import QUICK, Settings
    from dlhw.console import cnn as views
    from dlhw.console.cnn_study import study_result, study_title, tell_timing
    from dlhw.console.progress import progress as show_progress
    from dlhw.console.streams import show, show_json
    from dlhw.learning.device import configure
    from dlhw.learning.run import restarted_run

    asked = {**(QUICK if quick else {}), **_given(epochs=epochs, seeds=seeds, seed=seed)}
    compute = configure(device, threads, deterministic=deterministic)
    if again := restarted_run(studies.COMMAND, out=out, ranks=compute.ranks):
        resume, out = True, again
    if not resume:
        views.tell_loading(data)
    opening = (
        studies.Study.resume(asked, compute, data, changed=options.changed(device, threads), out=out)
        if resume
        else studies.Study.start(Settings(**asked), compute, data, strict=strict, out=out, force=force)
    )
    with opening as opened:
        describe = opened.data.describe()
        images = opened.data
        views.tell_data(describe, procedural=opened.procedural, skipped=images.skipped, remarks=images.remarks)
        costs, directory = opened.costs, str(opened.run.directory)
        try:
            title = study_title(describe, len(costs), directory)
            watching = show_progress(progress, title, trials=len(costs), epochs=opened.settings.epochs, costs=costs)
            with stop_requests() as should_stop, watching as observer:
                outcomes = studies.train(opened, observer=observer, should_stop=should_stop)
        except InterruptedRun as error:
            error.hint = options.resume_hint("cnn study", directory, device, deterministic=deterministic)
            raise
        tell_timing()
        seconds = time.perf_counter() - started
        document = compute.ranks.on_first(lambda: studies.conclude(opened, outcomes, seconds=seconds))
    if json:
        show_json(document)
    else:
        show(*study_result(document))
    if all(variant["accuracy"]["n"] == 0 for variant in document["variants"]):
        raise DlhwError("every network diverged", "are the images and their labels what they should be?")


def _given(**options: Any) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}
