"""The experiment of ``dlhw cnn study``: variants of a network, trained by one recipe and compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import torch

from dlhw.cnn.counting import count_architecture
from dlhw.cnn.data import DATA_SEED, Landscapes, Split
from dlhw.cnn.experiment import LandscapeExperiment
from dlhw.cnn.sources import PROCEDURAL_SIZES, draw_dataset, load_landscapes
from dlhw.cnn.study.results import accuracy, compare
from dlhw.cnn.study.settings import Settings
from dlhw.cnn.study.timing import StepTime, time_steps
from dlhw.cnn.study.trial import StudyTrial
from dlhw.cnn.study.variants import VARIANTS
from dlhw.errors import UsageError
from dlhw.learning.device import PrecisionName
from dlhw.learning.random_streams import torch_generator
from dlhw.learning.run import Run
from dlhw.plurals import counted

FIGURE = "study.png"

TRAINING_IMAGES_A_VALIDATION_IMAGE = 3


@dataclass(frozen=True, kw_only=True)
class Study(LandscapeExperiment[Settings]):
    """Every variant, trained from every seed."""

    command: ClassVar[str] = "cnn study"
    settings_type: ClassVar[type[Settings]] = Settings
    concluding: ClassVar[str] = "timing a step of each network, in turns"

    @classmethod
    def load_images(cls, settings: Settings, source: Path | None, *, strict: bool) -> Landscapes:
        """As many images of ``source`` as the study has to learn from."""
        return load_subset(source, images=settings.images, strict=strict)

    @classmethod
    def check_resumed(cls, settings: Settings, run: Run) -> None:
        """A study cannot be extended."""
        if settings.epochs != run.config["epochs"]:
            raise UsageError(
                f"the study in {run.directory} has {counted(run.config['epochs'], 'epoch')}; got `epochs` "
                f"{settings.epochs}",
                "its learning rate has fallen to nothing by the last one: start another study",
            )

    @property
    def precision_asked(self) -> PrecisionName:
        """That of the settings."""
        return self.settings.precision

    @property
    def trials(self) -> Sequence[StudyTrial]:
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

    def threads_each(self, trials: int) -> int:
        """One, so that ``--threads`` changes how long a study takes and not what it finds."""
        return 1

    def document(self, outcomes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Time the steps, compare the variants, draw the figure."""
        from dlhw.cnn.study.figures import draw_study  # here, so that training begins half a second sooner

        settings, data = self.settings, self.data
        recipe = replace(settings.recipe, precision=self.precision)
        steps = time_steps(settings.variants, recipe, settings.seed, data, self.compute)
        document: dict[str, Any] = {
            "seeds": settings.seeds,
            "data": data.describe(),
            "epochs": settings.epochs,
            "batch_size": settings.batch_size,
            "learning_rate": settings.learning_rate,
            "variants": [_describe(name, self, outcomes, steps[name]) for name in settings.variants],
            "comparisons": compare(outcomes, settings.variants, len(data.test)),
        }
        return {**document, "figures": [str(draw_study(document, self.run.figures / FIGURE))]}


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


def load_subset(source: Path | None, *, images: int | None, strict: bool = False) -> Landscapes:
    """Load images to learn from, the same ones each time, with all test images.

    Args:
        source: as for :func:`dlhw.cnn.sources.load_landscapes`.
        images: how many to learn from at most; ``None`` for all.
        strict: fail at an unreadable image.
    """
    if images is None:
        return load_landscapes(source, strict=strict)
    wanted = {"train": images, "validation": max(1, images // TRAINING_IMAGES_A_VALIDATION_IMAGE)}
    if source is None:  # the others need not be drawn
        fewer = {split: min(count, PROCEDURAL_SIZES[split]) for split, count in wanted.items()}
        return draw_dataset({**PROCEDURAL_SIZES, **fewer})
    data = load_landscapes(source, strict=strict)
    train, validation = (_some(getattr(data, split), count, split) for split, count in wanted.items())
    return replace(data, train=train, validation=validation)


def _some(split: Split, count: int, name: str) -> Split:
    """``count`` images at random: a file may hold one class after the other."""
    if count >= len(split):
        return split
    rows = torch.randperm(len(split), generator=torch_generator(DATA_SEED, f"some of {name}"))[:count].sort().values
    return Split(images=split.images[rows], labels=split.labels[rows])
