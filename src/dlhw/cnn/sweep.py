"""A run of Question 2: a trial for each learning rate and seed, trained side by side, and what it came to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from dlhw import __version__
from dlhw.cnn.data import Landscapes
from dlhw.cnn.own.network import KEPT
from dlhw.cnn.picture_run import PictureRun
from dlhw.cnn.recipe import RECIPES
from dlhw.cnn.reference_results import reference_result
from dlhw.cnn.settings import Settings, trial_name
from dlhw.cnn.sources import load_landscapes
from dlhw.cnn.summary import summarise
from dlhw.cnn.trial import LandscapeTrial
from dlhw.errors import RunError, UsageError
from dlhw.learning.device import environment
from dlhw.learning.events import Observer
from dlhw.learning.resuming import precision_as_before
from dlhw.learning.run import Run
from dlhw.learning.side_by_side import threads_each, train_trials
from dlhw.learning.trial_folder import BEST

COMMAND = "cnn-train"


@dataclass(frozen=True, kw_only=True)
class Sweep(PictureRun[Settings]):
    """A run that this process holds, with its settings and its pictures."""

    command: ClassVar[str] = COMMAND
    settings_type: ClassVar[type[Settings]] = Settings

    @classmethod
    def load(cls, settings: Settings, source: Path | None, *, strict: bool) -> Landscapes:
        """All pictures of ``source``."""
        data = load_landscapes(source, strict=strict)
        if settings.module is not None:
            settings.module.try_training(len(data.class_names))
        return data

    @classmethod
    def check_resumed(cls, settings: Settings, run: Run) -> None:
        """A network of a person's must be named again: it is executed, and no run may say what is executed.

        The numbers of a recipe are not a person's to choose, and may be others in another version of dlhw."""
        if settings.module is not None and settings.module.file is None:
            raise UsageError(
                f"the run in {run.directory} trains {settings.module}, which is executed, so it must be named again",
                f"add --module {run.directory / KEPT}:{settings.module.expression}, the copy in the run",
            )
        noted, ours = run.config.get("numbers"), settings.as_config()["numbers"]
        # Runs of earlier versions have none; the homework's recipe has not changed since.
        if noted == ours or (noted is None and settings.recipe == "homework"):
            return
        changed = [name for name in {**ours, **noted} if ours.get(name) != noted.get(name)] if noted else []
        raise RunError(
            f"the run in {run.directory} was started by another version of the recipe {settings.recipe}"
            + (f": {', '.join(changed)}" if changed else ""),
            "go on with the dlhw that started it, or start another run",
        )


def train(
    sweep: Sweep,
    *,
    observer: Observer | None = None,
    should_stop: Callable[[], int] | None = None,
) -> list[dict[str, Any]]:
    """Train the trials, side by side where there are threads for it, and measure each on the test pictures.

    Trials that have ended are not trained again; those that were interrupted go on where they were. A
    learning rate that diverges is an outcome, not an error.

    Args:
        sweep: the run; its threads are divided among the trials.
        observer: told of all events.
        should_stop: a signal's number ends the run once all states are saved, 0 lets it go on.

    Returns:
        ``results`` of the document of ``dlhw cnn train``, one a trial.

    Raises:
        InterruptedRun: ``should_stop`` said so.
    """
    settings, compute, run = sweep.settings.kept_in(sweep.run.directory), sweep.compute, sweep.run
    precision = precision_as_before(run, RECIPES[settings.recipe].precision, compute)
    trials = LandscapeTrial.of(settings, sweep.data, precision=precision)
    # A resumed trial keeps its number of threads where the run keeps the number of all.
    each = run.threads_each_before(compute.threads * compute.ranks.local_size) or threads_each(compute, len(trials))
    run.write_environment(environment(compute) | {"threads_each": each, "precision": precision})
    outcomes = train_trials(trials, run, compute, each=each, observer=observer, should_stop=should_stop)
    names = sweep.data.class_names
    reported = [
        reference_result(settings.network, rate, names) if settings.is_homework else None
        for rate, _ in settings.trials()
    ]
    return [
        outcome | {"reported": vars(theirs) if theirs else None}
        for outcome, theirs in zip(outcomes, reported, strict=True)
    ]


def conclude(sweep: Sweep, results: list[dict[str, Any]], *, seconds: float) -> dict[str, Any]:
    """Draw the figures, write ``result.json``, by which the run counts as finished, and return its document."""
    from dlhw.cnn.figures_training import draw_rates, draw_run  # here, so that training begins half a second sooner

    settings, data, compute, run = sweep.settings, sweep.data, sweep.compute, sweep.run
    title = f"{settings.network} on {data.source}"
    repeats: dict[float, list[list[dict[str, Any]]]] = {rate: [] for rate in settings.learning_rates}
    for rate, seed in settings.trials():
        repeats[rate].append(run.trial_folder(trial_name(rate, seed)).metrics())
    figures, summary = draw_run(repeats, run.figures, title=title), summarise(results)
    if settings.seeds > 1 and len(settings.learning_rates) > 1:
        figures.append(draw_rates(summary, results, run.figures / "learning-rates.png", title=title))
    chosen = choose(results)
    document = {
        "command": "cnn train",
        "version": __version__,
        "seed": settings.seed,
        "run": str(run.directory),
        "network": settings.network,
        "module": None if settings.module is None else settings.module.as_config(),
        "parameters": _parameters(settings.kept_in(run.directory), len(data.class_names)),
        "data": data.describe(),
        "recipe": settings.recipe,
        "seeds": settings.seeds,
        "epochs": settings.epochs,
        "batch_size": settings.batch_size,
        "device": compute.name,
        "threads": compute.threads,
        "precision": precision_as_before(run, RECIPES[settings.recipe].precision, compute),
        "results": results,
        "summary": summary,
        "chosen": chosen,
        "checkpoint": None if chosen is None else f"{trial_name(*settings.trials()[chosen])}/{BEST}",
        "figures": [str(path) for path in figures],
        "seconds": round(seconds, 3),
    }
    run.write_result(document)
    return document


def _parameters(settings: Settings, classes: int) -> int:
    network = settings.architecture.build(classes=classes, dropout=settings.dropout)
    return sum(parameter.numel() for parameter in network.parameters() if parameter.requires_grad)


def choose(results: list[dict[str, Any]]) -> int | None:
    """The index of the finished trial with the best validation accuracy, ``None`` if all diverged.

    By validation, never by test accuracy: choosing by the test pictures would fit the choice to them, and
    what they then say would no longer be the accuracy on pictures never seen.
    """
    finished = [index for index, result in enumerate(results) if result["status"] == "finished"]
    return max(finished, key=lambda index: results[index]["best_validation_accuracy"], default=None)
