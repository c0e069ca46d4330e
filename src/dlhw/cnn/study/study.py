"""A study: started or resumed, trained, and concluded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

from dlhw import __version__
from dlhw.cnn.counting import count_architecture
from dlhw.cnn.data import Landscapes
from dlhw.cnn.picture_run import PictureRun
from dlhw.cnn.study.pictures import load_pictures
from dlhw.cnn.study.results import accuracy, compare
from dlhw.cnn.study.settings import Settings
from dlhw.cnn.study.timing import StepTime, time_steps
from dlhw.cnn.study.trial import StudyTrial
from dlhw.cnn.study.variants import VARIANTS
from dlhw.errors import UsageError
from dlhw.learning.device import PrecisionName, environment
from dlhw.learning.events import Observer
from dlhw.learning.resuming import precision_as_before
from dlhw.learning.run import Run
from dlhw.learning.side_by_side import train_trials

COMMAND = "cnn-study"
FIGURE = "study.png"


@dataclass(frozen=True, kw_only=True)
class Study(PictureRun[Settings]):
    """A study that this process holds, with its settings and its pictures."""

    command: ClassVar[str] = COMMAND
    settings_type: ClassVar[type[Settings]] = Settings

    @classmethod
    def load(cls, settings: Settings, source: Path | None, *, strict: bool) -> Landscapes:
        """As many pictures of ``source`` as the study has to learn from."""
        return load_pictures(source, pictures=settings.pictures, strict=strict)

    @classmethod
    def check_resumed(cls, settings: Settings, run: Run) -> None:
        """A study cannot be extended."""
        if settings.epochs != run.config["epochs"]:
            raise UsageError(
                f"the study in {run.directory} has {run.config['epochs']} epochs, and --epochs {settings.epochs} came",
                "its learning rate has fallen to nothing by the last one: start another study",
            )

    @property
    def precision(self) -> PrecisionName:
        """The one in force: as the run had it so far."""
        return precision_as_before(self.run, self.settings.precision, self.compute)

    @property
    def trials(self) -> list[StudyTrial]:
        """Every variant with every seed, the most expensive first: what is left at the end is short."""
        recipe, several = replace(self.settings.recipe, precision=self.precision), self.settings.seeds > 1
        names = sorted(self.settings.variants, key=lambda name: -_cost(name))
        return [
            StudyTrial.of(name, recipe, seed, self.data, several=several)
            for seed in self.settings.all_seeds
            for name in names
        ]

    @property
    def costs(self) -> dict[str, float]:
        """What an epoch of each trial takes, as far as multiply-adds tell, by its label."""
        return {trial.label: _cost(trial.network) for trial in self.trials}


def train(
    study: Study,
    *,
    observer: Observer | None = None,
    should_stop: Callable[[], int] | None = None,
) -> list[dict[str, Any]]:
    """Train every variant with every seed, or what is left of them, as many side by side as there are threads.

    Each has one thread, so that ``--threads`` changes how long a study takes and not what it finds.

    Returns:
        The outcomes of :class:`dlhw.cnn.study.trial.StudyTrial`.

    Raises:
        InterruptedRun: ``should_stop`` said so; the states are saved.
    """
    compute, trials = study.compute, study.trials
    study.run.write_environment(environment(compute) | {"threads_each": 1, "precision": study.precision})
    return train_trials(trials, study.run, compute, each=1, observer=observer, should_stop=should_stop)


def conclude(study: Study, outcomes: list[dict[str, Any]], *, seconds: float) -> dict[str, Any]:
    """Time the steps, draw the figure, write ``result.json``, by which the run counts as finished."""
    from dlhw.cnn.study.figures import draw_study  # here, so that training begins half a second sooner

    settings, data, compute, run = study.settings, study.data, study.compute, study.run
    recipe = replace(settings.recipe, precision=study.precision)
    steps = time_steps(settings.variants, recipe, settings.seed, data, compute)
    document: dict[str, Any] = {
        "command": "cnn study",
        "version": __version__,
        "seed": settings.seed,
        "seeds": settings.seeds,
        "run": str(run.directory),
        "data": data.describe(),
        "epochs": settings.epochs,
        "batch_size": settings.batch_size,
        "learning_rate": settings.learning_rate,
        "precision": study.precision,
        "device": compute.name,
        "threads": compute.threads,
        "variants": [_describe(name, study, outcomes, steps[name]) for name in settings.variants],
        "comparisons": compare(outcomes, settings.variants, len(data.test)),
    }
    document["figures"] = [str(draw_study(document, run.figures / FIGURE))]
    document["seconds"] = round(seconds, 3)
    run.write_result(document)
    return document


def _describe(name: str, study: Study, outcomes: Sequence[Mapping[str, Any]], step: StepTime) -> dict[str, Any]:
    """An entry in ``variants`` of the document."""
    count = count_architecture(name, VARIANTS[name].architecture, classes=len(study.data.class_names))
    of_variant = [outcome for outcome in outcomes if outcome["variant"] == name]
    kept_back = {"variant", "epochs", "mistaken"}
    return {
        "name": name,
        "parameters": count.parameters,
        "macs": count.macs,
        "receptive_field": count.receptive_field,
        "step": step.as_document(),
        "accuracy": asdict(accuracy(of_variant, len(study.data.test))),
        "trainings": [{k: v for k, v in outcome.items() if k not in kept_back} for outcome in of_variant],
    }


@cache
def _cost(name: str) -> int:
    return count_architecture(name, VARIANTS[name].architecture).macs
