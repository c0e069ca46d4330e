from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from dlhw.cnn.data import Landscapes
from dlhw.cnn.experiment import Source
from dlhw.cnn.landscapes import CLASS_NAMES
from dlhw.cnn.settings import Settings
from dlhw.cnn.sweep import Sweep, choose
from dlhw.cnn.trial import LandscapeTrial
from dlhw.errors import InterruptedRun, RunError, UsageError
from dlhw.learning.checkpoint import load_checkpoint
from dlhw.learning.checkpoints import chosen_checkpoint
from dlhw.learning.device import Compute, configure
from dlhw.learning.events import Progress
from dlhw.learning.loop import EpochResult
from dlhw.learning.run import Run
from tests.conftest import arrays

pytestmark = pytest.mark.usefixtures("undrawn")

SMALL = Settings(network="gap", epochs=2, learning_rates=(0.01, 1e30))


class Diary:
    """An observer that writes down what it is told."""

    def __init__(self) -> None:
        self.entries: list[str] = []

    def started(self, label: str, rows: Sequence[Any] = ()) -> None:
        self.entries.append(f"{label} after {len(rows)}")

    def advanced(self, label: str, progress: Progress) -> None:
        if isinstance(progress, EpochResult):
            self.entries.append(f"epoch {progress.epoch}")

    def ended(self, label: str, outcome: Mapping[str, Any]) -> None:
        self.entries.append(outcome["status"])


@pytest.fixture
def run(archive: Path, tmp_path: Path, compute: Compute) -> tuple[Path, dict[str, Any]]:
    """A finished run of two learning rates, one of which diverges."""
    with Sweep.start(SMALL, Source(path=archive), compute, out=tmp_path / "run") as sweep:
        return sweep.run.directory, sweep.conclude(sweep.train(), seconds=1.0)


def test_a_sweep_reports_each_learning_rate(run: tuple[Path, dict[str, Any]]) -> None:
    directory, document = run
    finished, diverged = document["results"]
    assert document["parameters"] == 756_742
    assert document["chosen"] == 0
    assert document["checkpoint"] == "lr0.01-seed42/best.safetensors"
    assert chosen_checkpoint(directory) == directory / document["checkpoint"]
    assert finished["status"] == "finished"
    rows = [json.loads(line) for line in (directory / "lr0.01-seed42/metrics.jsonl").read_text().splitlines()]
    assert finished["validation_accuracy"] == rows[-1]["validation_accuracy"]
    assert finished["best_validation_accuracy"] == max(row["validation_accuracy"] for row in rows)
    assert rows[finished["best_epoch"] - 1]["validation_accuracy"] == finished["best_validation_accuracy"]
    assert 0 <= finished["test_accuracy"] <= 1
    assert diverged["status"] == "diverged"
    assert "epoch 1, step" in diverged["reason"]
    assert diverged["test_accuracy"] is None
    json.dumps(document, allow_nan=False)


def test_a_trial_leaves_the_files_of_the_contract(run: tuple[Path, dict[str, Any]]) -> None:
    directory, _ = run
    _, header = load_checkpoint(directory / "lr0.01-seed42/best.safetensors", kind="weights")
    assert header["architecture"]["network"] == "gap"
    assert len(header["architecture"]["classes"]) == 6
    assert header["architecture"]["preprocessing"]
    config = json.loads((directory / "config.json").read_text())
    assert config["learning_rates"] == [0.01, 1e30]
    assert json.loads((directory / "environment.json").read_text())["threads"] == 1


def test_trials_that_have_ended_are_not_trained_again(run: tuple[Path, dict[str, Any]], compute: Compute) -> None:
    directory, document = run
    diary = Diary()
    with Sweep.resume({}, Source(), compute, out=directory) as sweep:
        assert sweep.results(sweep.train(observer=diary)) == document["results"]
    assert diary.entries == ["learning rate 0.01 after 2", "finished", "learning rate 1e+30 after 0", "diverged"]


def test_more_epochs_extend_a_finished_run(run: tuple[Path, dict[str, Any]], compute: Compute) -> None:
    diary = Diary()
    with Sweep.resume({"epochs": 3}, Source(), compute, out=run[0]) as sweep:
        results = sweep.train(observer=diary)
    assert diary.entries[:3] == ["learning rate 0.01 after 2", "epoch 3", "finished"]
    assert results[0]["epochs"] == 3


def test_an_extension_that_was_interrupted_is_found_again(archive: Path, tmp_path: Path, compute: Compute) -> None:
    settings = Settings(network="gap", epochs=1)
    with Sweep.start(settings, Source(path=archive), compute, root=tmp_path) as sweep:
        sweep.conclude(sweep.train(), seconds=1.0)
    with pytest.raises(RunError, match="no unfinished run"), Sweep.resume({}, Source(), compute, root=tmp_path):
        pass
    with Sweep.resume({"epochs": 2}, Source(), compute, root=tmp_path) as sweep, pytest.raises(InterruptedRun):
        sweep.train(should_stop=lambda: 2)
    with Sweep.resume({}, Source(), compute, root=tmp_path) as sweep:
        assert sweep.settings.epochs == 2
        (result,) = sweep.train()
    assert result["epochs"] == 2


def test_a_run_goes_on_with_its_own_threads_whatever_this_process_has(archive: Path, tmp_path: Path) -> None:
    settings, weights = Settings(network="gap", epochs=2), {}
    for name, stops in (("alone", False), ("stopped", True)):
        with Sweep.start(settings, Source(path=archive), configure("cpu", 2), out=tmp_path / name) as sweep:
            # Another piece of work, such as timing, may have changed the threads in between.
            torch.set_num_threads(1)
            if stops:
                with pytest.raises(InterruptedRun):
                    sweep.train(should_stop=lambda: 2)
            else:
                sweep.train()
            assert torch.get_num_threads() == 1, "as it was found"
        if stops:
            with Sweep.resume({}, Source(), configure("cpu", 1), out=tmp_path / name) as sweep:
                assert sweep.compute.threads == 2
                sweep.train()
        weights[name] = load_checkpoint(tmp_path / name / "lr0.01-seed42/state.safetensors", kind="state")[0]
    assert all(torch.equal(value, weights["stopped"][key]) for key, value in weights["alone"].items())
    with Sweep.start(settings, Source(path=archive), configure("cpu", 1), out=tmp_path / "one thread") as sweep:
        sweep.train()
    other = load_checkpoint(tmp_path / "one thread/lr0.01-seed42/state.safetensors", kind="state")[0]
    assert not all(torch.equal(value, other[key]) for key, value in weights["alone"].items()), "this test tells nothing"
    with Sweep.resume(
        {"epochs": 3}, Source(), configure("cpu", 1), changed=["threads"], out=tmp_path / "alone"
    ) as sweep:
        assert sweep.compute.threads == 1, "asked for"


def test_a_run_keeps_the_precision_it_was_trained_in(archive: Path, tmp_path: Path, compute: Compute) -> None:
    settings = Settings.of_recipe(network="gap", recipe="strong", epochs=1, batch_size=8)
    noted = tmp_path / "run/environment.json"
    with Sweep.start(settings, Source(path=archive), compute, out=tmp_path / "run") as sweep:
        document = sweep.conclude(sweep.train(), seconds=1.0)
    here = json.loads(noted.read_text())["precision"]
    assert document["precision"] == here in {"float32", "bfloat16"}
    # As if it had been trained on hardware for which ``auto`` is the other one.
    other = "bfloat16" if here == "float32" else "float32"
    noted.write_text(json.dumps(json.loads(noted.read_text()) | {"precision": other}))
    with Sweep.resume({"epochs": 2}, Source(), compute, out=tmp_path / "run") as sweep:
        (trial,) = LandscapeTrial.of(sweep.settings, sweep.data, precision=sweep.precision)
        assert trial.recipe.precision == other
        assert sweep.conclude(sweep.train(), seconds=1.0)["precision"] == other
    assert json.loads(noted.read_text())["precision"] == other
    with Sweep.start(Settings(epochs=1), Source(path=archive), compute, out=tmp_path / "homework") as sweep:
        assert sweep.conclude(sweep.train(), seconds=1.0)["precision"] == "float32"


def test_a_stop_between_two_learning_rates_loses_nothing(archive: Path, tmp_path: Path, compute: Compute) -> None:
    diary = Diary()
    with (
        Sweep.start(SMALL, Source(path=archive), compute, out=tmp_path / "run") as sweep,
        pytest.raises(InterruptedRun),
    ):
        sweep.train(observer=diary, should_stop=lambda: 2 if "finished" in diary.entries else 0)
    again = Diary()
    with Sweep.resume({}, Source(), compute, out=tmp_path / "run") as sweep:
        sweep.train(observer=again)
    assert again.entries[:2] == ["learning rate 0.01 after 2", "finished"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"learning_rates": (0.1,)}, r"`learning_rates` 0.01, 1e\+30; got 0.1"),
        ({"network": "flatten"}, "network gap; got flatten"),
        ({"epochs": 1}, "goes to epoch 2; got `epochs` 1"),
    ],
)
def test_a_resumed_run_keeps_its_options(
    run: tuple[Path, dict[str, Any]], compute: Compute, given: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError, match=message), Sweep.resume(given, Source(), compute, out=run[0]):
        pass


def test_the_same_options_may_be_given_again(run: tuple[Path, dict[str, Any]], archive: Path, compute: Compute) -> None:
    given = {"learning_rates": (0.01, 1e30), "network": "gap", "epochs": 2}
    with Sweep.resume(given, Source(path=archive), compute, out=run[0]) as sweep:
        assert sweep.settings == SMALL


def test_a_resumed_run_names_its_images_as_they_were_given(
    archive: Path, compute: Compute, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(archive.parent)
    with Sweep.start(SMALL, Source(path=Path(archive.name)), compute, out=Path("run")):
        pass
    monkeypatch.chdir("/")
    with Sweep.resume({}, Source(), compute, out=archive.parent / "run") as sweep:
        assert sweep.data.source == archive.name


def test_other_images_are_refused(
    run: tuple[Path, dict[str, Any]], archive: Path, tmp_path: Path, compute: Compute
) -> None:
    changed = arrays()
    changed["train_images"][0] ^= 1
    np.savez(tmp_path / "other.npz", **changed)
    with (
        pytest.raises(UsageError, match="`data`"),
        Sweep.resume({}, Source(path=tmp_path / "other.npz"), compute, out=run[0]),
    ):
        pass
    np.savez(archive, **changed)
    with pytest.raises(RunError, match="not those that the run"), Sweep.resume({}, Source(), compute, out=run[0]):
        pass
    with Run(run[0], "cnn-train"):
        pass  # the lock was let go


@pytest.mark.drawn
def test_several_seeds_are_summed_up(archive: Path, tmp_path: Path, compute: Compute) -> None:
    settings = Settings(network="gap", epochs=1, seed=7, seeds=2, learning_rates=(0.01, 0.02))
    diary = Diary()
    with Sweep.start(settings, Source(path=archive), compute, out=tmp_path / "run") as sweep:
        document = sweep.conclude(sweep.train(observer=diary), seconds=1.0)
    assert diary.entries[0] == "learning rate 0.01, seed 7 after 0"
    assert [(result["learning_rate"], result["seed"]) for result in document["results"]] == settings.trials()
    assert [entry["n"] for entry in document["summary"]] == [2, 2]
    accuracies = [result["test_accuracy"] for result in document["results"][:2]]
    assert document["summary"][0]["test_accuracy"]["mean"] == pytest.approx(sum(accuracies) / 2)
    assert (tmp_path / "run/lr0.02-seed8/best.safetensors").exists()
    assert {Path(path).name for path in document["figures"]} == {
        "training-loss.png",
        "validation-accuracy.png",
        "learning-rates.png",
    }
    best = document["results"][document["chosen"]]
    assert document["checkpoint"] == f"lr{best['learning_rate']}-seed{best['seed']}/best.safetensors"


def test_the_strong_recipe_is_a_run_like_any_other(archive: Path, tmp_path: Path, compute: Compute) -> None:
    settings = Settings.of_recipe(network="gap", recipe="strong", epochs=1, batch_size=8)
    with Sweep.start(settings, Source(path=archive), compute, out=tmp_path / "run") as sweep:
        document = sweep.conclude(sweep.train(), seconds=1.0)
    with Sweep.resume({"recipe": "strong"}, Source(), compute, out=tmp_path / "run") as sweep:
        assert sweep.results(sweep.train()) == document["results"]
    assert (document["recipe"], document["parameters"]) == ("strong", 756_742)
    other = Sweep.resume({"recipe": "homework"}, Source(), compute, out=tmp_path / "run")
    with pytest.raises(UsageError, match="`recipe` strong; got homework"), other:
        pass


def test_a_run_by_other_numbers_of_the_strong_recipe_is_not_gone_on_with(
    archive: Path, tmp_path: Path, compute: Compute
) -> None:
    settings = Settings.of_recipe(network="gap", recipe="strong", epochs=1, batch_size=8)
    with Sweep.start(settings, Source(path=archive), compute, out=tmp_path / "run"):
        pass
    path = tmp_path / "run" / "config.json"
    config = json.loads(path.read_text())
    assert config["numbers"]["cut_mix"] == 0.5
    path.write_text(json.dumps(config | {"numbers": config["numbers"] | {"cut_mix": 0.25, "shift": 2}}))
    with (
        pytest.raises(RunError, match="of the recipe strong: shift, cut_mix"),
        Sweep.resume({}, Source(), compute, out=tmp_path / "run"),
    ):
        pass
    assert json.loads(path.read_text())["numbers"]["shift"] == 2
    del config["numbers"]  # as in runs before the numbers were kept
    path.write_text(json.dumps(config))
    with (
        pytest.raises(RunError, match=r"of the recipe strong\n"),
        Sweep.resume({}, Source(), compute, out=tmp_path / "run"),
    ):
        pass


@pytest.mark.parametrize(
    ("changes", "class_names", "reported"),
    [
        ({}, CLASS_NAMES, 0.7443),
        ({"seeds": 2}, CLASS_NAMES, 0.7443),
        ({"epochs": 3}, CLASS_NAMES, None),
        ({"batch_size": 16}, CLASS_NAMES, None),
        ({"dropout": 0.0}, CLASS_NAMES, None),
        ({"recipe": "strong"}, CLASS_NAMES, None),
        ({}, ("ant", "bee", "cat", "dog", "eel", "fox"), None),
    ],
)
def test_the_reports_figures_stand_beside_its_own_recipe_and_task_alone(
    changes: dict[str, Any],
    class_names: tuple[str, ...],
    reported: float | None,
    tiny: Landscapes,
    tmp_path: Path,
    compute: Compute,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("dlhw.learning.training.train_trials", lambda trials, *_, **__: [{} for _ in trials])
    monkeypatch.setattr("dlhw.cnn.sweep.load_landscapes", lambda *_, **__: replace(tiny, class_names=class_names))
    with Sweep.start(Settings(network="gap", **changes), Source(), compute, out=tmp_path / "run") as sweep:
        for result in sweep.results(sweep.train()):
            assert (result["reported"] or {}).get("test_accuracy") == reported


def test_the_choice_is_by_validation_and_never_by_test() -> None:
    def result(status: str, validation: float | None, test: float | None) -> dict[str, Any]:
        return {"status": status, "best_validation_accuracy": validation, "test_accuracy": test}

    assert choose([result("finished", 0.6, 0.9), result("finished", 0.7, 0.5)]) == 1
    assert choose([result("diverged", 0.9, None), result("finished", 0.7, 0.5)]) == 1
    assert choose([result("diverged", None, None)]) is None


def test_patience_ends_a_trial_that_gets_no_better(archive: Path, tmp_path: Path, compute: Compute) -> None:
    settings = Settings(learning_rates=(1e-30,), epochs=9, patience=2)  # nothing is learnt: epoch 1 stays the best
    with Sweep.start(settings, Source(path=archive), compute, out=tmp_path / "run") as sweep:
        results = sweep.train()
        sweep.conclude(results, seconds=1)
    (result,) = results
    assert (result["status"], result["best_epoch"], result["last_epoch"], result["epochs"]) == ("finished", 1, 3, 9)
    assert len(sweep.run.trial_folder("lr1e-30-seed42").metrics()) == 3
    with Sweep.resume({"epochs": 12}, Source(), compute, out=tmp_path / "run") as longer:
        assert longer.train()[0]["last_epoch"] == 3, "an extended run has no more patience"
    with pytest.raises(UsageError, match="`patience` must be 1 or more"):
        Settings(patience=0)
