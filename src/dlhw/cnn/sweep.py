"""The experiment of ``dlhw cnn train``: a trial for each learning rate and seed, and what they show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from dlhw.cnn.class_weights import balanced
from dlhw.cnn.data import Landscapes
from dlhw.cnn.experiment import LandscapeExperiment
from dlhw.cnn.own.network import KEPT
from dlhw.cnn.recipe import RECIPES
from dlhw.cnn.reference_results import reference_result
from dlhw.cnn.settings import Settings, trial_name
from dlhw.cnn.sources import load_landscapes
from dlhw.cnn.trial import LandscapeTrial
from dlhw.errors import RunError, UsageError
from dlhw.learning.device import PrecisionName
from dlhw.learning.run import Run
from dlhw.learning.summary_statistics import mean_and_deviation
from dlhw.learning.trial_folder import BEST

METRICS = (
    "validation_accuracy",
    "test_accuracy",
    "best_epoch",
    "best_validation_accuracy",
    "best_test_accuracy",
    "images_per_second",
)


@dataclass(frozen=True, kw_only=True)
class Sweep(LandscapeExperiment[Settings]):
    """One network, trained with each learning rate from each seed. Divergence is an outcome, not an error."""

    command: ClassVar[str] = "cnn train"
    settings_type: ClassVar[type[Settings]] = Settings

    @classmethod
    def load_images(cls, settings: Settings, source: Path | None, *, strict: bool) -> Landscapes:
        """All images of ``source``. A person's network is tried with one training step."""
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
                f"name `module` {run.directory / KEPT}:{settings.module.expression}, the copy in the run",
            )
        noted, ours = run.config.get("numbers"), settings.as_config()["numbers"]
        # Runs of earlier versions have none; the homework's recipe has not changed since.
        if noted == ours or (noted is None and settings.recipe == "homework"):
            return
        changed = [name for name in {**ours, **noted} if ours.get(name) != noted.get(name)] if noted else []
        raise RunError(
            f"the run in {run.directory} was started by another version of the recipe {settings.recipe}"
            + (f": {', '.join(changed)}" if changed else ""),
            "resume it with the dlhw that started it, or start another run",
        )

    @property
    def precision_asked(self) -> PrecisionName:
        """That of the recipe."""
        return RECIPES[self.settings.recipe].precision

    @property
    def resume_options(self) -> list[str]:
        """The run's copy of a person's network, which is executed and so must be named again."""
        module = self.settings.module
        return [] if module is None else ["--module", f"{self.run.directory / KEPT}:{module.expression}"]

    @property
    def trials(self) -> Sequence[LandscapeTrial]:
        """Every learning rate with every seed."""
        return LandscapeTrial.of(self.settings.kept_in(self.run.directory), self.data, precision=self.precision)

    @property
    def _title(self) -> str:
        recipe = self.settings.recipe
        return f"{self.settings.network} on {self.data.source}" + ("" if recipe == "homework" else f", recipe {recipe}")

    def draw_curves(self) -> list[Path]:
        """Training loss and validation accuracy, a line for each learning rate or a band over the seeds."""
        from dlhw.learning.bands import draw_training  # here, so that training begins half a second sooner

        settings, run = self.settings, self.run
        repeats = {
            f"learning rate {rate:g}": [
                run.trial_folder(trial_name(*trial)).metrics() for trial in settings.trials() if trial[0] == rate
            ]
            for rate in settings.learning_rates
        }
        heading, title = "Validation accuracy", self._title
        return draw_training(repeats, run.figures, "validation_accuracy", heading=heading, title=title, best=max)

    def results(self, outcomes: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The outcomes, each with what the homework's report says of the same training."""
        settings, names = self.settings, self.data.class_names
        results = []
        for (rate, _), outcome in zip(settings.trials(), outcomes, strict=True):
            reported = reference_result(settings.network, rate, names) if settings.is_homework else None
            results.append({**outcome, "reported": vars(reported) if reported else None})
        return results

    def document(self, outcomes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Curves, bands over the seeds, and the trial that is best by validation."""
        from dlhw.cnn.figures_rates import draw_rates  # here, so that training begins half a second sooner

        settings, data, run = self.settings, self.data, self.run
        results = self.results(outcomes)
        figures, summary = self.draw_curves(), summarise(results)
        if settings.seeds > 1 and len(settings.learning_rates) > 1:
            figures.append(draw_rates(summary, results, run.figures / "learning-rates.png", title=self._title))
        chosen = choose(results)
        return {
            "network": settings.network,
            "module": None if settings.module is None else settings.module.as_config(),
            "parameters": _parameters(settings.kept_in(run.directory), len(data.class_names)),
            "data": data.describe(),
            "recipe": settings.recipe,
            "seeds": settings.seeds,
            "batch_size": settings.batch_size,
            "class_weights": _class_weights(settings, data),
            "results": results,
            "summary": summary,
            "chosen": chosen,
            "checkpoint": None if chosen is None else f"{trial_name(*settings.trials()[chosen])}/{BEST}",
            "figures": [str(path) for path in figures],
        }


def _class_weights(settings: Settings, data: Landscapes) -> dict[str, float] | None:
    if settings.class_weights is None:
        return None
    weights = balanced(data.train.labels, len(data.class_names)).tolist()
    return {name: round(weight, 6) for name, weight in zip(data.class_names, weights, strict=True)}


def _parameters(settings: Settings, classes: int) -> int:
    network = settings.architecture.build(classes=classes, dropout=settings.dropout)
    return sum(parameter.numel() for parameter in network.parameters() if parameter.requires_grad)


def choose(results: Sequence[Mapping[str, Any]]) -> int | None:
    """The index of the finished trial with the best validation accuracy, ``None`` if all diverged.

    By validation, never by test accuracy: choosing by the test images would fit the choice to them, and
    what they then say would no longer be the accuracy on images never seen.
    """
    finished = [index for index, result in enumerate(results) if result["status"] == "finished"]
    return max(finished, key=lambda index: results[index]["best_validation_accuracy"], default=None)


def summarise(results: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Means and sample deviations over the seeds of each learning rate. Trials that diverged are counted apart.

    Args:
        results: of the document of ``dlhw cnn train``.

    Returns:
        ``summary`` of that document: ``learning_rate``, ``n`` (trials that did not diverge), ``diverged`` (those
        that did), and each of :data:`METRICS` as ``{mean, deviation}``.
    """
    rates = list(dict.fromkeys(result["learning_rate"] for result in results))
    summary = []
    for rate in rates:
        trials = [result for result in results if result["learning_rate"] == rate]
        finished = [trial for trial in trials if trial["status"] == "finished"]
        metrics = {name: mean_and_deviation(trial[name] for trial in finished) for name in METRICS}
        summary.append({"learning_rate": rate, "n": len(finished), "diverged": len(trials) - len(finished), **metrics})
    return summary
