"""Trainings as ordinary runs of ``dlhw cnn train`` and ``dlhw ocr train``: started, resumed, or taken as done.

Whoever trains with those commands, ``--out`` into the folder where the reproduction looks, saves it the work.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from dlhw.cnn.experiment import LandscapeExperiment, Source
from dlhw.cnn.settings import Settings as LandscapeSettings
from dlhw.cnn.study.settings import Settings as StudySettings
from dlhw.cnn.study.study import Study
from dlhw.cnn.sweep import Sweep
from dlhw.errors import RunError
from dlhw.learning.run import CONFIG, ENVIRONMENT, read_config, read_environment, read_result
from dlhw.learning.training import Training, TrainingSettings
from dlhw.learning.trial_folder import TrialFolder
from dlhw.learning.unfinished import unfinished
from dlhw.learning.validation import config_schema
from dlhw.ocr.experiment import WordExperiment
from dlhw.ocr.settings import Settings as ReadingSettings
from dlhw.ocr.training_dataset import Request
from dlhw.report.environments import described
from dlhw.report.workplace import Workplace

E = TypeVar("E", bound=Training[Any, Any, Any])


def train_landscapes(at: Workplace, settings: LandscapeSettings) -> dict[str, Any]:
    """The document of ``dlhw cnn train`` for this part's run. Raises as :func:`carry_out` does."""
    return carry_out(at, Sweep, settings, Source(path=at.data), at.runs / at.question, loading=_loading(at))


def study_kernels(at: Workplace, settings: StudySettings) -> dict[str, Any]:
    """The document of ``dlhw cnn study`` for this part's run. Raises as :func:`carry_out` does."""
    return carry_out(at, Study, settings, Source(path=at.data), at.runs / at.question, loading=_loading(at))


def train_reading(at: Workplace, question: str, settings: ReadingSettings) -> dict[str, Any]:
    """The document of ``dlhw ocr train`` for the run of a question, which may be another than this part's."""
    loading = "rendering the words to be measured on"
    return carry_out(at, WordExperiment, settings, Request(), at.runs / question, loading=loading)


def carry_out(
    at: Workplace, kind: type[E], settings: TrainingSettings, request: Any, out: Path, *, loading: str
) -> dict[str, Any]:
    """Start an experiment in a folder, resume the one that is there, or take its result.

    Args:
        at: on what, and who watches.
        kind: of experiment.
        settings: that this reproduction needs.
        request: the data that it needs.
        out: the folder.
        loading: what loading the data is, for a person.

    Returns:
        The document of its command.

    Raises:
        RunError: the run that is there is another one.
        InterruptedRun: a stop was requested; the state is saved.
    """
    started = time.perf_counter()
    there = _config(out, kind.run_command())
    if there is not None:
        _check_same(out, vars(kind.settings_type.from_config(there)), vars(settings))
        if issubclass(kind, LandscapeExperiment):
            _check_same_images(out, there, at, kind, settings)
        if not unfinished(None)(out):
            # The folder may have been moved since: it is where it was found now.
            return {**read_result(out), "run": str(out)}
    at.tell(loading)
    with kind.start_or_resume(settings, request, at.compute, changed=at.changed, out=out) as experiment:
        observer = at.training(trials=len(experiment.trials), epochs=settings.epochs)
        outcomes = experiment.train(observer=observer, should_stop=at.should_stop)
        if kind.concluding:
            at.tell(kind.concluding, 0.95)
        return experiment.conclude(outcomes, seconds=time.perf_counter() - started)


def _loading(at: Workplace) -> str:
    return "drawing landscapes" if at.data is None else "reading the images"


def training_seconds(document: Mapping[str, Any]) -> float:
    """What all trainings of a run took, without validation: the sum over their epochs."""
    rows = [row for path in Path(document["run"]).glob("*/metrics.jsonl") for row in TrialFolder(path.parent).metrics()]
    return math.fsum(row["seconds"] for row in rows)


def environments(document: Mapping[str, Any]) -> tuple[dict[str, Any], ...]:
    """Where a run was trained: the last environment first, then those before each interruption, as far as noted."""
    path = Path(document["run"]) / ENVIRONMENT
    if not path.exists():
        return ()
    last = read_environment(path.parent)
    return tuple(described(one) for one in (last, *reversed(last.get("earlier", ()))))


def to_repeat(at: Workplace, document: Mapping[str, Any]) -> str:
    """The options by which the command of a run gets the same numbers on the same machine."""
    threads = [f" --threads {one['threads']}" for one in environments(document)[:1]]
    return "".join([f" --seed {at.seed}", *threads])


def _config(out: Path, command: str) -> dict[str, Any] | None:
    """The options of the run in a folder, ``None`` where there is no run."""
    if not (out / CONFIG).exists():
        return None
    config = read_config(out, config_schema)
    if config["command"] != command:
        raise RunError(f"{out} is a run of {config['command']}, and one of {command} belongs there", "move it away")
    return config


def _check_same(out: Path, there: dict[str, Any], wanted: dict[str, Any]) -> None:
    for name, value in wanted.items():
        if there.get(name) != value:
            raise RunError(
                f"the run in {out} has {name} {there.get(name)}, and this reproduction needs {value}",
                "move that run away, or give another `out`",
            )


def _check_same_images(
    out: Path, there: dict[str, Any], at: Workplace, kind: type[LandscapeExperiment[Any]], settings: TrainingSettings
) -> None:
    """See that a run learnt from what it would learn from here, wherever that lay then and lies now."""
    at.tell("comparing the images with those of the run that is there")
    drawn = at.data is None and there["data"]["path"] is None
    if not drawn and there["data"]["fingerprint"] != kind.load_images(settings, at.data, strict=False).fingerprint():
        raise RunError(
            f"the run in {out} learnt from other images, {there['data']['source']}",
            "move that run away, or give another `out`",
        )
