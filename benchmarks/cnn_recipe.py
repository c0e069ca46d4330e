"""What each part of the recipe ``strong`` brings: the recipe without it, with the same seeds.

    uv run python benchmarks/cnn_recipe.py --data intel48 --out runs/cnn-recipe

Trains ``gap`` by the whole recipe and by the recipe without each of its parts, for the same number of epochs, and
prints a Markdown table. What was trained before is kept in ``--out``: stop it, and start it again, when you like, also
with fewer or more of the variants. Two trainings run side by side on two threads.

The differences, in points, are those of the same seed, so that what a seed does to both goes out of them. Their 95 %
intervals are Student's over the seeds and say nothing of other images: with n images to validate on, an accuracy a
has a standard error of √(a(1 − a)/n) besides. Nothing is to be chosen by the test images' column.
"""

from __future__ import annotations

import argparse
import math
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from dlhw.cnn.architecture import ARCHITECTURES
from dlhw.cnn.data import Landscapes
from dlhw.cnn.recipe import RANDOM_STREAMS, STRONG, Recipe
from dlhw.cnn.sources import load_landscapes
from dlhw.cnn.trial import LandscapeTrial
from dlhw.console.schedule import Schedule
from dlhw.console.training_display import TrainingDisplay
from dlhw.console.views import watch
from dlhw.learning.device import configure, environment
from dlhw.learning.run import CONFIG, resume_run, start_run
from dlhw.learning.side_by_side import train_trials
from dlhw.learning.summary_statistics import mean_and_deviation

COMMAND = "cnn-recipe"
STUDENT = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776}
"""The 97.5 % quantile of Student's distribution for n differences, n − 1 degrees of freedom."""

WHOLE = "strong"


def variants() -> dict[str, Recipe]:
    """The whole recipe, and what it is without each part."""
    return {
        WHOLE: STRONG,
        "no mirroring": replace(STRONG, mirror=False),
        "no shifts": replace(STRONG, shift=0),
        "no light and contrast": replace(STRONG, brightness=0.0, contrast=0.0),
        "no CutMix": replace(STRONG, cut_mix=0.0),
        "none of these four": replace(STRONG, mirror=False, shift=0, brightness=0.0, contrast=0.0, cut_mix=0.0),
        "a constant rate of 0.05": replace(STRONG, learning_rate=0.05, schedule="constant"),
        "no label smoothing": replace(STRONG, label_smoothing=0.0),
        "no weight decay": replace(STRONG, weight_decay=0.0),
        "the last weights, not their average": replace(STRONG, ema_decay=0.0),
        # Without momentum a step is a tenth as long: ten times the rate goes as far.
        "no momentum, rate 1.5": replace(STRONG, learning_rate=1.5, momentum=0.0),
        "dropout 0.1": replace(STRONG, dropout=0.1),
        "float32": replace(STRONG, precision="float32"),
    }


def jobs_of(variant: str, data: Landscapes, *, epochs: int, seeds: int) -> list[LandscapeTrial]:
    recipe = replace(variants()[variant], epochs=epochs)
    return [
        LandscapeTrial(
            name=f"{variant.replace(' ', '-').replace(',', '')}-seed{seed}",
            label=f"{variant}, seed {seed}",
            network="gap",
            architecture=ARCHITECTURES["gap"],
            recipe=recipe,
            seed=seed,
            data=data,
        )
        for seed in range(42, 42 + seeds)
    ]


def table(outcomes: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[str]:
    """The lines of a Markdown table, a variant each, the whole recipe first."""
    lines = [
        "| recipe | validation, last epoch | difference | test, last epoch | difference | images a second |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    whole = outcomes[WHOLE]
    for name, trials in outcomes.items():
        speed = mean_and_deviation(trial["images_per_second"] for trial in trials)["mean"]
        cells = [
            name if name == WHOLE else f"… {name}",
            spread(trials, "validation_accuracy"),
            "" if name == WHOLE else difference(trials, whole, "validation_accuracy"),
            spread(trials, "test_accuracy"),
            "" if name == WHOLE else difference(trials, whole, "test_accuracy"),
            f"{speed:,.0f}" if speed is not None else "–",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def spread(trials: Sequence[Mapping[str, Any]], name: str) -> str:
    """As in ``0.8932 ± 0.0041``; how many diverged, if any."""
    values = [trial[name] for trial in trials if trial[name] is not None]
    of = mean_and_deviation(values)
    if of["mean"] is None:
        return "diverged"
    deviation = "" if of["deviation"] is None else f" ± {of['deviation']:.4f}"
    return f"{of['mean']:.4f}{deviation}" + (f" (n = {len(values)})" if len(values) < len(trials) else "")


def difference(trials: Sequence[Mapping[str, Any]], whole: Sequence[Mapping[str, Any]], name: str) -> str:
    """Mean difference to the whole recipe over the seeds that both have, in points, and its interval."""
    pairs = [(ours[name], theirs[name]) for ours, theirs in zip(trials, whole, strict=True)]
    changes = [ours - theirs for ours, theirs in pairs if ours is not None and theirs is not None]
    of = mean_and_deviation(changes)
    if of["mean"] is None:
        return "–"
    if of["deviation"] is None or len(changes) not in STUDENT:
        return f"{100 * of['mean']:+.1f}"
    half = STUDENT[len(changes)] * of["deviation"] / math.sqrt(len(changes))
    return f"{100 * of['mean']:+.1f} ({100 * (of['mean'] - half):+.1f} to {100 * (of['mean'] + half):+.1f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="an archive or a folder (default: procedural landscapes)")
    parser.add_argument("--out", type=Path, default=Path("runs/cnn-recipe"), help="where trainings are kept")
    parser.add_argument("--epochs", type=int, default=25, help="of each training (default 25)")
    parser.add_argument("--seeds", type=int, default=3, help="trainings of each recipe (default 3)")
    parser.add_argument(
        "--without",
        choices=[name for name in variants() if name != WHOLE],
        nargs="*",
        default=[],
        help="variants to omit",
    )
    parser.add_argument("--threads", type=int, help="default: the cores this process may use")
    arguments = parser.parse_args()
    compute = configure("cpu", arguments.threads)
    data = load_landscapes(arguments.data)
    config = {
        "epochs": arguments.epochs,
        "seeds": arguments.seeds,
        "recipe": asdict(STRONG),
        "random_streams": RANDOM_STREAMS,
        "data": data.fingerprint(),
    }
    begun = (arguments.out / CONFIG).exists()
    with resume_run(COMMAND, out=arguments.out) if begun else start_run(COMMAND, out=arguments.out) as run:
        if begun and any(run.config.get(name) != value for name, value in config.items()):
            parser.error(f"{arguments.out} holds other trainings: other epochs, seeds, images or numbers of the recipe")
        run.write_config(config)
        run.write_environment(environment(compute))
        trials = [
            trial
            for variant in variants()
            if variant not in arguments.without
            for trial in jobs_of(variant, data, epochs=arguments.epochs, seeds=arguments.seeds)
        ]
        title = f"what each part of the recipe brings · {len(data.train):,} images"
        schedule = Schedule(trials=len(trials), epochs=arguments.epochs)
        with watch("auto", TrainingDisplay(title, schedule)) as observer:
            results = train_trials(trials, run, compute, each=1, observer=observer)
    outcomes: dict[str, list[dict[str, Any]]] = {}
    for trial, result in zip(trials, results, strict=True):
        outcomes.setdefault(trial.label.rpartition(",")[0], []).append(result)
    versions = environment(compute)["versions"]
    print(f"{compute.name}, a thread each, torch {versions['torch']}, Python {versions['python']}, {platform.system()}")
    print(f"gap on {data.source}, {arguments.epochs} epochs, n = {arguments.seeds} seeds, mean ± sample deviation\n")
    print("\n".join(table(outcomes)))


if __name__ == "__main__":
    main()
