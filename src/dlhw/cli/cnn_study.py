"""``dlhw cnn study``: small kernels, pooling and normalisation, measured."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dlhw.cli import options
from dlhw.cli.training import TrainingOptions, given_options, open_experiment, train
from dlhw.errors import DlhwError


@options.with_options(TrainingOptions, without=("sync_batchnorm", "tensorboard"))
def study(
    quick: Annotated[
        bool, typer.Option("--quick", help="1,800 images and five epochs: minutes, a first result only.")
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
    strict: options.Strict = False,
    seed: options.Seed = None,
    *,
    asked: TrainingOptions,
) -> None:
    """Measure what small kernels, pooling and normalisation bring: eleven networks, compared in pairs.

    \b
    Examples:
      dlhw cnn study --quick                  a first result, in minutes
      dlhw cnn study --data intel48           on real images
      dlhw cnn study --seeds 3                with the spread over three seeds
      dlhw cnn study --resume                 continue the newest unfinished study
    """
    from dlhw.cnn.experiment import Source
    from dlhw.cnn.study.settings import QUICK, Settings
    from dlhw.cnn.study.study import Study
    from dlhw.console import cnn as views
    from dlhw.console.cnn_study import study_result, study_title

    given = {**(QUICK if quick else {}), **given_options(epochs=epochs, seeds=seeds, seed=seed)}
    opening = open_experiment(Study, lambda: Settings(**given), given, Source(path=data, strict=strict), asked)
    if not asked.resume:
        views.tell_loading(data)

    def tell(opened: Study) -> str:
        views.tell_data(opened.data, procedural=opened.procedural)
        return study_title(opened.data.describe(), len(opened.trials), str(opened.run.directory))

    document = train(opening, asked, tell=tell, result=study_result)
    if all(variant["accuracy"]["n"] == 0 for variant in document["variants"]):
        raise DlhwError("every network diverged", "check the images and their labels")
