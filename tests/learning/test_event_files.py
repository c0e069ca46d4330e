from __future__ import annotations

import json
import warnings
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dlhw.errors import RunError
from dlhw.learning.event_files import PREFIX, EventFiles
from dlhw.learning.events import Doing, Silence
from dlhw.learning.trial_folder import TrialFolder
from tests.conftest import Invoke

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator


def row(epoch: int, loss: float) -> dict[str, Any]:
    return {
        "epoch": epoch,
        "train_loss": loss,
        "learning_rate": 0.01,
        "seconds": 2.0,
        "images_per_second": 15.0,
        "best_epoch": 1,
        "best_value": 0.5,
        "validation_accuracy": 0.5,
    }


def scalars(folder: Path) -> dict[str, dict[int, float]]:
    """Each tag with its values by step; a step that is there twice is an error."""
    events = EventAccumulator(str(folder)).Reload()
    found = {}
    for tag in events.Tags()["scalars"]:
        steps = [event.step for event in events.Scalars(tag)]
        assert steps == sorted(set(steps)), tag
        found[tag] = {event.step: event.value for event in events.Scalars(tag)}
    return found


def event_files(folder: Path) -> list[Path]:
    return list(folder.glob(f"{PREFIX}*"))


@pytest.fixture
def folder(tmp_path: Path) -> TrialFolder:
    return TrialFolder(tmp_path / "trial")


def watching(folder: TrialFolder) -> EventFiles:
    run: Any = SimpleNamespace(trial_folder=lambda name: TrialFolder(folder.directory.parent / name))
    trial: Any = SimpleNamespace(label="a trial", name=folder.name)
    return EventFiles(Silence(), run, [trial])


def train(folder: TrialFolder, observer: EventFiles, losses: dict[int, float]) -> None:
    for epoch, loss in losses.items():
        observer.advanced("a trial", Doing(epoch - 0.5))
        folder.append_metrics(row(epoch, loss))
        observer.advanced("a trial", Doing(epoch))


def test_every_figure_of_a_row_is_a_scalar_at_its_epoch(folder: TrialFolder) -> None:
    observer = watching(folder)
    observer.started("a trial")
    train(folder, observer, {1: 3.0, 2: 2.0})
    found = scalars(folder.directory)
    assert found.keys() == row(1, 0).keys() - {"epoch"}
    assert found["train_loss"] == {1: 3.0, 2: 2.0}
    assert found["learning_rate"][2] == pytest.approx(0.01)


def test_a_resumed_trial_has_each_step_once_also_in_an_open_tensorboard(folder: TrialFolder) -> None:
    observer = watching(folder)
    observer.started("a trial")
    train(folder, observer, {1: 4.0, 2: 3.0, 3: 99.0})
    opened = EventAccumulator(str(folder.directory)).Reload()
    with event_files(folder.directory)[0].open("ab") as file:
        file.write(b"\x18\x00")  # killed while it wrote
    folder.write_metrics([row(1, 4.0), row(2, 3.0)])  # the third epoch was not committed

    again = watching(folder)
    again.started("a trial", folder.metrics())
    train(folder, again, {3: 2.0, 4: 1.0})
    again.ended("a trial", {"status": "finished"})
    losses = {1: 4.0, 2: 3.0, 3: 2.0, 4: 1.0}
    assert scalars(folder.directory)["train_loss"] == losses
    assert len([path for path in event_files(folder.directory) if path.stat().st_size]) == 1
    seen = [(event.step, event.value) for event in opened.Reload().Scalars("train_loss")]
    assert seen == list(losses.items())


def test_epochs_keep_their_distance_in_time(folder: TrialFolder) -> None:
    folder.write_metrics([row(epoch, 1.0) for epoch in (1, 2, 3)])
    watching(folder).started("a trial")
    times = [event.wall_time for event in EventAccumulator(str(folder.directory)).Reload().Scalars("train_loss")]
    assert [after - before for before, after in pairwise(times)] == pytest.approx([2, 2])


def test_an_event_file_that_cannot_be_written_is_an_error_for_people(folder: TrialFolder) -> None:
    observer = watching(folder)
    observer.started("a trial")
    (path,) = event_files(folder.directory)
    path.unlink()
    path.mkdir()
    with pytest.raises(RunError, match=r"could not write .*tfevents"):
        train(folder, observer, {1: 1.0})


@pytest.mark.parametrize("command", ["cnn", "ocr"])
def test_a_missing_package_is_said_before_anything_is_done(
    command: str, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    outcome = invoke(command, "train", "--tensorboard")
    assert (outcome.code, outcome.stdout) == (2, "")
    said = " ".join(outcome.stderr.split())
    assert "event files need a package that is not installed: tensorboard" in said
    assert "uv sync --extra tensorboard" in said
    assert "pip install tensorboard" in said
    assert not Path("runs").exists()


def test_a_run_and_its_extension_are_written(invoke: Invoke, archive: Path) -> None:
    rates = ("--lr", "0.01", "--lr", "1e30")  # of which one diverges
    outcome = invoke(
        "cnn", "train", "--gap", "--data", archive, *rates, "--epochs", "1", "--threads", "1", "--tensorboard"
    )
    assert outcome.code == 0
    assert "tensorboard --logdir runs/cnn-train/1" in outcome.stderr
    assert invoke("cnn", "train", "--resume", "--epochs", "2", "--tensorboard").code == 0
    trial = Path("runs/cnn-train/1/lr0.01-seed42")
    rows = [json.loads(line) for line in (trial / "metrics.jsonl").read_text().splitlines()]
    found = scalars(trial)
    assert found["train_loss"] == pytest.approx({row["epoch"]: row["train_loss"] for row in rows})
    assert list(found["validation_accuracy"]) == [1, 2]
    assert scalars(trial.parent / "lr1e+30-seed42") == {}
