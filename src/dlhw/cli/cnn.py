"""``dlhw cnn``: Question 2 from the command line."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from dlhw.cli import options
from dlhw.cli.cnn_eval import evaluate
from dlhw.cli.cnn_explain import explain
from dlhw.cli.cnn_fetch import fetch
from dlhw.cli.cnn_params import Gap, params
from dlhw.cli.cnn_predict import predict
from dlhw.cli.cnn_score import score
from dlhw.cli.cnn_study import study
from dlhw.cli.export import export_classifier
from dlhw.cli.signals import stop_requests
from dlhw.errors import DlhwError, InterruptedRun, UsageError

if TYPE_CHECKING:
    from dlhw.cnn.own.network import OwnNetwork

HELP = """Question 2: convolutional networks on landscapes.

\b
Examples:
  dlhw cnn params                    count both networks, layer by layer
  dlhw cnn train --lr 0.01 --gap     train the homework's second network
  dlhw cnn eval                      measure the network just trained
  dlhw cnn predict beach.jpg         say what an image shows
"""

app = typer.Typer(help=HELP, no_args_is_help=True, rich_markup_mode=None)


@app.command()
def train(
    lr: Annotated[
        list[float] | None,
        typer.Option("--lr", metavar="RATE", help="Learning rate; several for a sweep.  [default: 0.01; strong: 0.15]"),
    ] = None,
    gap: Gap = None,
    module: Annotated[
        str | None,
        typer.Option(
            metavar="FILE.py:NAME",
            help="Train this network; the file is executed: name only files that you trust.",
        ),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH",
            help="An .npz archive or a folder of class folders.  [default: procedural landscapes]",
        ),
    ] = None,
    recipe: Annotated[
        Literal["homework", "strong", "study"] | None,
        typer.Option(
            metavar="NAME",
            help="homework; strong: the same networks, trained as well as is known; study: as in dlhw cnn study.  "
            "[default: homework]",
        ),
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(metavar="N", help="Passes over the data.  [default: 40; strong: 100]")
    ] = None,
    patience: Annotated[
        int | None,
        typer.Option(metavar="N", help="Stop a trial after N epochs in a row that were no better.  [default: never]"),
    ] = None,
    batch_size: Annotated[
        int | None, typer.Option(metavar="N", help="Images a step.  [default: 8; strong: 64]")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Fail at an unreadable image, not skip it.")] = False,
    seed: options.Seed = None,
    seeds: Annotated[
        int | None,
        typer.Option(metavar="N", help="Train with N seeds, from --seed on: means and deviations.  [default: 1]"),
    ] = None,
    device: options.Device = "auto",
    threads: options.Threads = None,
    deterministic: options.Deterministic = False,
    out: options.Out = None,
    resume: options.Resume = False,
    force: options.Force = False,
    progress: options.Progress = "auto",
    json: options.Json = False,
) -> None:
    """Train one of the homework's networks, or one of yours, on landscapes.

    \b
    Examples:
      dlhw cnn train --lr 0.01 --gap                       forty epochs, as in the homework
      dlhw cnn train --lr 0.1 --lr 0.01 --lr 0.001         one table, one figure, the best by validation
      dlhw cnn train --gap --data intel48.npz --epochs 3   on real images
      dlhw cnn train --gap --recipe strong --seeds 3       how far the same network goes: mean and deviation
      dlhw cnn train --module mine.py:Network --epochs 5   a network of your own
      dlhw cnn train --resume                              go on with the newest unfinished run
    """
    started = time.perf_counter()
    from dlhw.cnn import sweep as sweeps
    from dlhw.cnn.own.network import own_network
    from dlhw.cnn.settings import Settings
    from dlhw.console import cnn as views
    from dlhw.console.progress import progress as show_progress
    from dlhw.console.streams import note, show, show_json
    from dlhw.learning.device import configure
    from dlhw.learning.run import restarted_run

    if gap is not None and module is not None:
        raise UsageError("--gap and --no-gap mean the homework's networks, and --module yours", "give one of them")
    network = None if gap is None else "gap" if gap else "flatten"
    asked = {
        "network": network,
        "learning_rates": tuple(lr) if lr else None,
        "epochs": epochs,
        "batch_size": batch_size,
        "seed": seed,
        "seeds": seeds,
        "recipe": recipe,
        "patience": patience,
        "module": own_network(module),
    }
    given: dict[str, Any] = {name: value for name, value in asked.items() if value is not None}
    compute = configure(device, threads, deterministic=deterministic)
    if again := restarted_run(sweeps.COMMAND, out=out, ranks=compute.ranks):
        resume, out = True, again
    if module is not None:
        note(f"executing {module}")
    if not resume:
        views.tell_loading(data)
    opening = (
        sweeps.Sweep.resume(given, compute, data, changed=options.changed(device, threads), out=out)
        if resume
        else sweeps.Sweep.start(Settings.of_recipe(**given), compute, data, strict=strict, out=out, force=force)
    )
    with opening as sweep:
        images = sweep.data
        views.tell_data(images.describe(), procedural=sweep.procedural, skipped=images.skipped, remarks=images.remarks)
        title = views.training_title(sweep.settings.network, sweep.data.describe(), str(sweep.run.directory))
        trials, epochs = len(sweep.settings.trials()), sweep.settings.epochs
        try:
            watching = show_progress(progress, title, trials=trials, epochs=epochs)
            with stop_requests() as should_stop, watching as observer:
                results = sweeps.train(sweep, observer=observer, should_stop=should_stop)
        except InterruptedRun as error:
            run = str(sweep.run.directory)
            error.hint = options.resume_hint(
                "cnn train", run, device, deterministic=deterministic, more=_module_again(sweep.settings.module, run)
            )
            raise
        seconds = time.perf_counter() - started
        document = compute.ranks.on_first(lambda: sweeps.conclude(sweep, results, seconds=seconds))
    if json:
        show_json(document)
    else:
        show(*views.training_result(document))
    if document["chosen"] is None:
        raise DlhwError("every learning rate diverged", "try a smaller --lr")


def _module_again(module: OwnNetwork | None, run: str) -> list[str]:
    """What a resumed run must be given again: the run's copy of a person's network."""
    return [] if module is None else ["--module", f"{Path(run) / 'network.py'}:{module.expression}"]


app.command()(params)
app.command("eval")(evaluate)
app.command()(predict)
app.command()(score)
app.command()(explain)
app.command("export")(export_classifier)
app.command()(study)
app.command()(fetch)
