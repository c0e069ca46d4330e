"""``dlhw cnn``: Question 2 from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from dlhw.cli import options
from dlhw.cli.cnn_eval import evaluate
from dlhw.cli.cnn_explain import explain
from dlhw.cli.cnn_fetch import fetch
from dlhw.cli.cnn_params import Gap, params
from dlhw.cli.cnn_predict import predict
from dlhw.cli.cnn_score import score
from dlhw.cli.cnn_study import study
from dlhw.cli.commands import Command, Group
from dlhw.cli.export import export_classifier
from dlhw.cli.training import TrainingOptions, given_options, open_experiment
from dlhw.cli.training import train as run_training
from dlhw.errors import DlhwError, UsageError

HELP = """Question 2: convolutional networks on landscapes.

\b
Examples:
  dlhw cnn params                    count both networks, layer by layer
  dlhw cnn train --lr 0.01 --gap     train the homework's second network
  dlhw cnn eval                      measure the network just trained
  dlhw cnn predict beach.jpg         say what an image shows
"""

app = typer.Typer(cls=Group, help=HELP, no_args_is_help=True, rich_markup_mode=None)


@app.command(cls=Command)
@options.with_options(TrainingOptions)
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
        str | None,
        typer.Option(
            metavar="NAME",
            help="homework; strong: the same networks, by the best recipe found; study: as in dlhw cnn study.  "
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
    class_weights: Annotated[
        Literal["balanced"] | None,
        typer.Option(
            metavar="NAME", help="balanced: rare classes count as much as others.  [default: every image counts alike]"
        ),
    ] = None,
    batch_size: Annotated[
        int | None, typer.Option(metavar="N", help="Images a step.  [default: 8; strong: 64]")
    ] = None,
    strict: options.Strict = False,
    seed: options.Seed = None,
    seeds: options.Seeds = None,
    *,
    asked: TrainingOptions,
) -> None:
    """Train one of the homework's networks, or one of yours, on landscapes.

    \b
    Examples:
      dlhw cnn train --lr 0.01 --gap                       forty epochs, as in the homework
      dlhw cnn train --lr 0.1 --lr 0.01 --lr 0.001         one table, one figure, the best by validation
      dlhw cnn train --gap --data intel48 --epochs 3       on real images
      dlhw cnn train --gap --recipe strong --seeds 3       the best recipe found: mean and deviation
      dlhw cnn train --module mine.py:Network --epochs 5   a network of your own
      dlhw cnn train --resume                              continue the newest unfinished run
    """
    if gap is not None and module is not None:
        raise UsageError("--gap and --no-gap mean the homework's networks, and --module yours", "give one of them")
    from dlhw.cnn.experiment import Source
    from dlhw.cnn.own.network import own_network
    from dlhw.cnn.settings import Settings
    from dlhw.cnn.sweep import Sweep
    from dlhw.console import cnn as views
    from dlhw.console.streams import note

    given = given_options(
        network=None if gap is None else "gap" if gap else "flatten",
        learning_rates=tuple(lr) if lr else None,
        epochs=epochs,
        batch_size=batch_size,
        seed=seed,
        seeds=seeds,
        recipe=recipe,
        patience=patience,
        class_weights=class_weights,
        module=own_network(module),
    )
    source = Source(path=data, strict=strict)
    opening = open_experiment(Sweep, lambda: Settings.of_recipe(**given), given, source, asked)
    if module is not None:
        note(f"executing {module}")
    if not asked.resume:
        views.tell_loading(data)

    def tell(sweep: Sweep) -> str:
        views.tell_data(sweep.data, procedural=sweep.procedural)
        return views.training_title(sweep.settings.network, sweep.data.describe(), str(sweep.run.directory))

    document = run_training(opening, asked, tell=tell, result=views.training_result)
    if document["chosen"] is None:
        raise DlhwError("every learning rate diverged", "try a smaller --lr")


app.command(cls=Command)(params)
app.command("eval", cls=Command)(evaluate)
app.command(cls=Command)(predict)
app.command(cls=Command)(score)
app.command(cls=Command)(explain)
app.command("export", cls=Command)(export_classifier)
app.command(cls=Command)(study)
app.command(cls=Command)(fetch)
