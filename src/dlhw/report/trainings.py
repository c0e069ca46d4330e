"""Trainings as ordinary runs of ``dlhw cnn train`` and ``dlhw ocr train``: started, resumed, or taken as done.

Whoever trains with those commands, ``--out`` into the folder where the reproduction looks, saves it the work.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, TypeVar

from dlhw.cnn import sweep as sweeps
from dlhw.cnn.picture_run import PictureRun, PictureSettings
from dlhw.cnn.settings import Settings as LandscapeSettings
from dlhw.cnn.study import study as studies
from dlhw.cnn.study.settings import Settings as StudySettings
from dlhw.errors import RunError
from dlhw.learning.resuming import unfinished
from dlhw.learning.run import CONFIG, ENVIRONMENT, read_config, read_environment, read_result
from dlhw.learning.trial_folder import TrialFolder
from dlhw.learning.validation import config_schema
from dlhw.ocr import experiment as experiments
from dlhw.ocr.settings import Settings as ReadingSettings
from dlhw.ocr.training_dataset import Request
from dlhw.report.environments import described
from dlhw.report.workplace import Workplace

R = TypeVar("R", bound=PictureRun[Any])


def train_landscapes(at: Workplace, settings: LandscapeSettings) -> dict[str, Any]:
    """The document of ``dlhw cnn train`` for this part's run.

    Raises:
        RunError: the run that is there is another one.
        InterruptedRun: somebody asked for a stop; the state is saved.
    """
    started = time.perf_counter()
    opening = _opening(at, sweeps.Sweep, settings)
    if opening is None:
        return _result(at.runs / at.question)
    with opening as sweep:
        observer = at.training(trials=len(settings.trials()), epochs=settings.epochs)
        results = sweeps.train(sweep, observer=observer, should_stop=at.should_stop)
        return sweeps.conclude(sweep, results, seconds=time.perf_counter() - started)


def study_kernels(at: Workplace, settings: StudySettings) -> dict[str, Any]:
    """The document of ``dlhw cnn study`` for this part's run. Raises as :func:`train_landscapes` does."""
    started = time.perf_counter()
    opening = _opening(at, studies.Study, settings)
    if opening is None:
        return _result(at.runs / at.question)
    with opening as study:
        observer = at.training(trials=len(study.trials), epochs=settings.epochs)
        outcomes = studies.train(study, observer=observer, should_stop=at.should_stop)
        at.tell("timing steps", 0.95)
        return studies.conclude(study, outcomes, seconds=time.perf_counter() - started)


def train_reading(at: Workplace, question: str, settings: ReadingSettings) -> dict[str, Any]:
    """The document of ``dlhw ocr train`` for the run of a question, which may be another than this part's.

    Raises:
        RunError: the run that is there is another one.
        InterruptedRun: somebody asked for a stop; the state is saved.
    """
    out, started, compute = at.runs / question, time.perf_counter(), at.compute
    there = _config(out, "ocr-train")
    if there is not None:
        _check_same(out, vars(ReadingSettings.from_config(there)), vars(settings))
        if not unfinished(None)(out):
            return _result(out)
    at.tell("rendering the words to be measured on")
    opening = (
        experiments.start_experiment(settings, Request(), compute, out=out)
        if there is None
        else experiments.resume_experiment({}, Request(), compute, out=out, changed=at.changed)
    )
    with opening as experiment:
        observer = at.training(trials=1, epochs=settings.epochs)
        outcome = experiments.train(experiment, observer=observer, should_stop=at.should_stop)
        return experiments.conclude(experiment, outcome, seconds=time.perf_counter() - started)


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


def _opening(at: Workplace, kind: type[R], settings: PictureSettings) -> AbstractContextManager[R] | None:
    """How this part's run over pictures is started or resumed; ``None`` where it has its result."""
    out = at.runs / at.question
    there = _config(out, kind.command)
    if there is not None:
        _check_same(out, vars(kind.settings_type.from_config(there)), vars(settings))
        _check_same_data(out, there, at, kind, settings)
        if not unfinished(None)(out):
            return None
    at.tell("drawing landscapes" if at.data is None else "reading the pictures")
    if there is None:
        return kind.start(settings, at.compute, at.data, out=out)
    return kind.resume({}, at.compute, at.data, changed=at.changed, out=out)


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
                "move that run away, or give another --out",
            )


def _check_same_data(
    out: Path, there: dict[str, Any], at: Workplace, kind: type[PictureRun[Any]], settings: PictureSettings
) -> None:
    """See that a run learnt from what it would learn from here, wherever that lay then and lies now."""
    at.tell("comparing the pictures with those of the run that is there")
    drawn = at.data is None and there["data"]["path"] is None
    if not drawn and there["data"]["fingerprint"] != kind.load(settings, at.data, strict=False).fingerprint():
        raise RunError(
            f"the run in {out} learnt from other pictures, {there['data']['source']}",
            "move that run away, or give another --out",
        )


def _result(out: Path) -> dict[str, Any]:
    # The folder may have been moved since: it is where it was found now.
    return {**read_result(out), "run": str(out)}
