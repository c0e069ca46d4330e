from __future__ import annotations

import json
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from dlhw.cnn.data import Landscapes
from dlhw.cnn.experiment import Source
from dlhw.cnn.recipe import STUDY
from dlhw.cnn.study.settings import QUICK, SHORT, Settings
from dlhw.cnn.study.study import Study
from dlhw.cnn.study.timing import time_steps
from dlhw.cnn.study.variants import MAIN, VARIANTS
from dlhw.cnn.task import ClassificationTask
from dlhw.errors import InterruptedRun, UsageError
from dlhw.learning.checkpoint import load_checkpoint
from dlhw.learning.device import Compute, configure
from dlhw.learning.events import Progress, Silence
from dlhw.learning.loop import EpochResult
from dlhw.learning.trial_folder import TrialFolder

pytestmark = pytest.mark.usefixtures("undrawn")

SMALL = Settings(variants=("gap", "stride", "flatten"), epochs=2, batch_size=8, precision="float32")


def finish(study: Study, compute: Compute) -> dict[str, Any]:
    return study.conclude(study.train(), seconds=1.0)


@pytest.fixture
def finished(archive: Path, tmp_path: Path, compute: Compute) -> tuple[Path, dict[str, Any]]:
    with Study.start(SMALL, Source(path=archive), compute, out=tmp_path / "study") as study:
        return study.run.directory, finish(study, compute)


def without_times(outcomes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**outcome, "images_per_second": None} for outcome in outcomes]


@pytest.mark.drawn
def test_a_study_says_what_it_found(finished: tuple[Path, dict[str, Any]]) -> None:
    directory, document = finished
    assert [variant["name"] for variant in document["variants"]] == list(SMALL.variants)
    gap = document["variants"][0]
    assert (gap["parameters"], gap["macs"], gap["receptive_field"]) == (756_742, 23_882_752, 22)
    assert gap["accuracy"]["n"] == 1
    assert gap["accuracy"]["low"] < gap["accuracy"]["value"] < gap["accuracy"]["high"]
    assert gap["step"]["low"] <= gap["step"]["milliseconds"] <= gap["step"]["high"]
    assert [comparison["name"] for comparison in document["comparisons"]] == ["pooling", "normalization"]
    rows = [json.loads(line) for line in (directory / "gap-seed42/metrics.jsonl").read_text().splitlines()]
    (training,) = gap["trainings"]
    assert training["validation_accuracy"] == rows[-1]["validation_accuracy"]
    assert json.loads((directory / "result.json").read_text()) == document
    assert (directory / "figures/study.png").stat().st_size > 10_000
    json.dumps(document, allow_nan=False)


def test_the_accuracy_is_that_of_the_last_weights(finished: tuple[Path, dict[str, Any]], compute: Compute) -> None:
    directory, document = finished
    with Study.resume({}, Source(), compute, out=directory) as study:
        task = ClassificationTask("gap", VARIANTS["gap"].architecture, SMALL.recipe, 42, study.data, compute)
        tensors, _ = load_checkpoint(directory / "gap-seed42/state.safetensors", kind="state")
        task.model.load_state_dict({k.removeprefix("model/"): v for k, v in tensors.items() if k.startswith("model/")})
        right = task.predict(study.data.test) == study.data.test.labels
    assert document["variants"][0]["accuracy"]["value"] == pytest.approx(right.float().mean().item())


def test_a_study_that_was_cut_off_goes_on_where_it_was(archive: Path, tmp_path: Path, compute: Compute) -> None:
    with Study.start(SMALL, Source(path=archive), compute, out=tmp_path / "whole") as study:
        whole = study.train()
    steps = 0

    def after_nine_steps() -> int:
        nonlocal steps
        steps += 1
        return 2 if steps > 9 else 0

    with Study.start(SMALL, Source(path=archive), compute, root=tmp_path) as study, pytest.raises(InterruptedRun):
        study.train(should_stop=after_nine_steps)
    with Study.resume({}, Source(), compute, root=tmp_path) as study:
        assert without_times(study.train()) == without_times(whole)
        for variant in SMALL.variants:
            ours, _ = load_checkpoint(study.run.directory / f"{variant}-seed42/state.safetensors", kind="state")
            theirs, _ = load_checkpoint(tmp_path / f"whole/{variant}-seed42/state.safetensors", kind="state")
            assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


def test_a_training_finds_the_same_in_a_process_of_its_own(archive: Path, tmp_path: Path, compute: Compute) -> None:
    """As far as it is the trial's matter: it is pickled whole."""
    with Study.start(SMALL, Source(path=archive), compute, out=tmp_path / "study") as study:
        trial = study.trials[0]
        sent = pickle.loads(pickle.dumps(trial))
        ours, theirs = (
            each.train(TrialFolder(tmp_path / name), compute, Silence(), lambda: 0)
            for name, each in (("here", trial), ("there", sent))
        )
    assert without_times([ours]) == without_times([theirs])


def test_the_most_expensive_is_trained_first(archive: Path, tmp_path: Path, compute: Compute) -> None:
    settings = Settings(seeds=2, variants=("stride", "no-pooling", "gap"))
    with Study.start(settings, Source(path=archive), compute, out=tmp_path / "study") as study:
        names = [trial.name for trial in study.trials]
    assert names[:3] == ["no-pooling-seed42", "gap-seed42", "stride-seed42"]
    assert names[3:] == ["no-pooling-seed43", "gap-seed43", "stride-seed43"]


def test_two_seeds_have_a_spread(archive: Path, tmp_path: Path, compute: Compute) -> None:
    settings = Settings(variants=("gap", "stride"), epochs=1, batch_size=8, seeds=2)
    with Study.start(settings, Source(path=archive), compute, out=tmp_path / "study") as study:
        document = finish(study, compute)
    assert document["variants"][0]["accuracy"]["n"] == 2
    assert document["variants"][0]["accuracy"]["deviation"] is not None
    assert [training["seed"] for training in document["variants"][0]["trainings"]] == [42, 43]


def test_a_network_that_diverges_is_an_outcome(archive: Path, tmp_path: Path, compute: Compute) -> None:
    settings = Settings(variants=("gap", "stride"), epochs=1, batch_size=8, learning_rate=1e38)
    with Study.start(settings, Source(path=archive), compute, out=tmp_path / "study") as study:
        document = finish(study, compute)
    assert document["variants"][0]["trainings"][0]["status"] == "diverged"
    assert document["variants"][0]["accuracy"]["value"] is None
    assert document["comparisons"][0]["entries"][1]["difference"]["value"] is None
    json.dumps(document, allow_nan=False)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"epochs": 3}, "has 2 epochs; got `epochs` 3"),
        ({"epochs": 1}, "got `epochs` 1"),
        ({"seeds": 2}, "`seeds` 1; got 2"),
        ({"seed": 7}, "`seed` 42; got 7"),
    ],
)
def test_a_resumed_study_keeps_its_options(
    archive: Path, tmp_path: Path, compute: Compute, given: dict[str, Any], message: str
) -> None:
    with Study.start(SMALL, Source(path=archive), compute, out=tmp_path / "study"):
        pass
    with pytest.raises(UsageError, match=message), Study.resume(given, Source(), compute, out=tmp_path / "study"):
        pass


@pytest.mark.parametrize(
    "values",
    [
        {"variants": ("gap", "enormous")},
        {"variants": ()},
        {"epochs": 0},
        {"seeds": 0},
        {"batch_size": 1},
        {"images": 1},
        {"seed": -1},
    ],
)
def test_values_out_of_range_are_refused(values: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        Settings(**values)


@pytest.mark.parametrize("preset", [{}, QUICK, SHORT])
def test_settings_survive_a_configuration(preset: dict[str, Any]) -> None:
    settings = Settings(**preset)
    assert Settings.from_config(json.loads(json.dumps(settings.as_config()))) == settings


def test_the_short_study_is_of_what_is_cheap() -> None:
    assert SHORT["variants"] == MAIN
    assert "no-pooling" not in MAIN


def test_every_variant_learns(tiny: Any, compute: Compute) -> None:
    """A few steps on the same images: the loss falls."""
    for name in VARIANTS:
        recipe = replace(STUDY, epochs=1, batch_size=15, dropout=0.0)
        task = ClassificationTask(name, VARIANTS[name].architecture, recipe, 42, tiny, compute)
        task.model.train()
        task.begin_epoch(1)
        losses = [task.train_step(0).item() for _ in range(6)]
        assert losses[-1] < losses[0], name


def test_steps_are_timed_in_turns(tiny: Any, compute: Compute, monkeypatch: pytest.MonkeyPatch) -> None:
    turns: list[str] = []
    step = ClassificationTask.train_step

    def noted(self: ClassificationTask, number: int) -> torch.Tensor:
        turns.append(str(self.architecture["network"]))
        return step(self, number)

    monkeypatch.setattr(ClassificationTask, "train_step", noted)
    times = time_steps(SMALL.variants, SMALL.recipe, 42, tiny, compute, rounds=3)
    assert turns == 4 * list(SMALL.variants), "a first round that does not count, and three that do"
    assert {time.rounds for time in times.values()} == {3}


def test_timing_is_on_one_thread_and_leaves_the_others_as_they_were(
    tiny: Landscapes, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads, step = [], ClassificationTask.train_step

    def watched(task: ClassificationTask, index: int) -> torch.Tensor:
        threads.append(torch.get_num_threads())
        return step(task, index)

    monkeypatch.setattr(ClassificationTask, "train_step", watched)
    time_steps(["stride"], SMALL.recipe, 42, tiny, configure("cpu", 2), rounds=2)
    assert set(threads) == {1}
    assert torch.get_num_threads() == 2


def test_the_schedule_ends_at_almost_nothing(archive: Path, tmp_path: Path, compute: Compute) -> None:
    rates: list[float] = []

    class Watch:
        def started(self, label: str, rows: Any = ()) -> None: ...
        def advanced(self, label: str, progress: Progress) -> None:
            if isinstance(progress, EpochResult):
                rates.append(progress.learning_rate)

        def ended(self, label: str, outcome: Any) -> None: ...

    settings = Settings(variants=("stride",), epochs=4, batch_size=8)
    with Study.start(settings, Source(path=archive), compute, out=tmp_path / "study") as study:
        study.train(observer=Watch())
    assert rates == sorted(rates, reverse=True)
    assert rates[-1] < 0.1 * settings.learning_rate
