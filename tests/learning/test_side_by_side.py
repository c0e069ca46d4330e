"""Trials in processes of their own: the same weights as one after the other, whatever happens to one of them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch

from dlhw.errors import DataError, DlhwError, InterruptedRun, RunError
from dlhw.learning.checkpoint import load_checkpoint
from dlhw.learning.device import Compute, configure
from dlhw.learning.events import Observer, Progress
from dlhw.learning.loop import EpochResult, fit, resume_state
from dlhw.learning.run import Run, start_run
from dlhw.learning.side_by_side import threads_each, train_trials
from dlhw.learning.trial_folder import TrialFolder
from tests.learning.test_loop import Regression

TWO_THREADS = Compute(device=torch.device("cpu"), threads=2, deterministic=False)

FORKED = pytest.mark.usefixtures("forked_trials")

ROW = {
    "epoch": 1,
    "train_loss": 0.5,
    "learning_rate": 0.1,
    "seconds": 1.0,
    "images_per_second": 10.0,
    "best_epoch": 1,
    "best_value": 0.5,
}


@dataclass(frozen=True, kw_only=True)
class LineTrial:
    """Fit a line."""

    rate: float
    epochs: int = 3

    @property
    def name(self) -> str:
        return f"lr{self.rate}"

    @property
    def label(self) -> str:
        return f"learning rate {self.rate}"

    def train(
        self, folder: TrialFolder, compute: Compute, observer: Observer, should_stop: Callable[[], int]
    ) -> dict[str, Any]:
        assert torch.get_num_threads() == compute.threads
        task = Regression(learning_rate=self.rate)
        state = resume_state(task, folder)
        observer.started(self.label, state.rows)
        for result in fit(task, folder, state, epochs=self.epochs, should_stop=should_stop):
            observer.advanced(self.label, result)
        return {"status": "finished", "epochs": self.epochs, "process": os.getpid()}


@dataclass(frozen=True, kw_only=True)
class IdleTrial:
    """Learn nothing. Something may happen on the way, and without it the trial ends when it is told to."""

    name: str
    accident: str = ""
    epochs: int = 1

    @property
    def label(self) -> str:
        return f"trial {self.name}"

    def train(
        self, folder: TrialFolder, compute: Compute, observer: Observer, should_stop: Callable[[], int]
    ) -> dict[str, Any]:
        observer.started(self.label, [])
        if self.accident == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        elif self.accident == "bad data":
            raise DataError("the images are gone", "put them back")
        elif self.accident == "fault":
            raise ZeroDivisionError("none left")
        while not (number := should_stop()):
            time.sleep(0.01)
        folder.write_metrics([{**ROW, "told": number}])
        raise InterruptedRun("stopped; the state is saved", signal_number=number)


class Diary:
    """Notes what it is told, and asks for a stop once every trial it waits for has ended an epoch."""

    def __init__(self, *, wait_for: int = 99) -> None:
        self.told: dict[str, list[str]] = {}
        self._wait_for = wait_for

    def started(self, label: str, rows: Sequence[Any] = ()) -> None:
        self.told.setdefault(label, []).append(f"after {len(rows)}")

    def advanced(self, label: str, progress: Progress) -> None:
        if isinstance(progress, EpochResult):
            self.told[label].append(f"epoch {progress.epoch}")

    def ended(self, label: str, outcome: Mapping[str, Any]) -> None:
        self.told[label].append(outcome["status"])

    def should_stop(self) -> int:
        begun = [label for label, told in self.told.items() if any(entry.startswith("epoch") for entry in told)]
        return signal.SIGTERM if len(begun) >= self._wait_for else 0


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return start_run("fit", out=tmp_path / "run")


def state(run: Run, name: str) -> dict[str, torch.Tensor]:
    return load_checkpoint(run.directory / name / "state.safetensors", kind="state")[0]


def same(one: Mapping[str, torch.Tensor], other: Mapping[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[key], other[key]) for key in one)


def test_threads_are_divided_and_a_gpu_is_not() -> None:
    assert [threads_each(TWO_THREADS, trials) for trials in (1, 2, 3)] == [2, 1, 1]
    assert threads_each(Compute(device=torch.device("cuda"), threads=8, deterministic=False), 4) == 8


def test_side_by_side_ends_in_the_same_weights_as_one_after_the_other(run: Run, tmp_path: Path) -> None:
    trials = [LineTrial(rate=rate) for rate in (0.005, 0.004)]
    diary, alone = Diary(), start_run("fit", out=tmp_path / "alone")
    outcomes = train_trials(trials, run, TWO_THREADS, observer=diary)
    in_turn = train_trials(trials, alone, configure("cpu", 1))
    processes = {outcome.pop("process") for outcome in outcomes}
    assert len(processes) == 2
    assert os.getpid() not in processes
    assert {outcome.pop("process") for outcome in in_turn} == {os.getpid()}
    assert outcomes == in_turn
    assert diary.told == {trial.label: ["after 0", "epoch 1", "epoch 2", "epoch 3", "finished"] for trial in trials}
    assert all(same(state(run, trial.name), state(alone, trial.name)) for trial in trials)


@FORKED
def test_a_stop_reaches_every_trial_and_nothing_is_lost(run: Run, tmp_path: Path) -> None:
    trials = [LineTrial(rate=rate, epochs=1500) for rate in (0.005, 0.004)]
    diary = Diary(wait_for=2)
    with pytest.raises(InterruptedRun, match=r"rate 0.00. stopped at epoch .*; learning rate") as stop:
        train_trials(trials, run, TWO_THREADS, observer=diary, should_stop=diary.should_stop)
    assert stop.value.exit_code == 143
    reached = max(
        load_checkpoint(run.directory / trial.name / "state.safetensors", kind="state")[1]["epoch"] for trial in trials
    )
    shorter = [LineTrial(rate=trial.rate, epochs=reached + 1) for trial in trials]
    train_trials(shorter, run, configure("cpu", 1))
    alone = start_run("fit", out=tmp_path / "alone")
    train_trials(shorter, alone, configure("cpu", 1))
    assert all(same(state(run, trial.name), state(alone, trial.name)) for trial in trials)


@FORKED
def test_a_killed_trial_is_named_and_the_others_save_their_states(run: Run) -> None:
    with pytest.raises(RunError, match="the process that trained trial a was ended by SIGKILL") as error:
        train_trials([IdleTrial(name="a", accident="killed"), IdleTrial(name="b")], run, TWO_THREADS)
    assert "`resume`" in error.value.hint
    assert run.trial_folder("b").metrics() == [{**ROW, "told": signal.SIGTERM}]


def test_a_process_that_ends_before_it_reads_its_trial_is_named(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it would have read is longer than the buffers of pipes: it must not be waited for."""
    (tmp_path / "sitecustomize.py").write_text(
        "import os, sys\nif '--multiprocessing-fork' in sys.orig_argv:\n    os._exit(3)\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    long = [IdleTrial(name=letter, accident="x" * 10_000_000) for letter in "ab"]
    with pytest.raises(RunError, match=r"the process that trained trial . ended with code 3"):
        train_trials(long, run, TWO_THREADS)


@FORKED
@pytest.mark.parametrize(
    ("accident", "message"), [("bad data", "the images are gone"), ("fault", "ZeroDivisionError: none left")]
)
def test_an_error_of_a_trial_is_the_runs(run: Run, accident: str, message: str) -> None:
    with pytest.raises(DlhwError) as error:
        train_trials([IdleTrial(name="a", accident=accident), IdleTrial(name="b")], run, TWO_THREADS)
    assert error.value.message == message
    assert "Traceback" in error.value.__notes__[-1]
    assert run.trial_folder("b").metrics() == [{**ROW, "told": signal.SIGTERM}]


def test_a_process_that_may_start_no_other_trains_in_turn(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(multiprocessing.current_process()._config, "daemon", True)  # type: ignore[attr-defined]
    outcomes = train_trials([LineTrial(rate=rate, epochs=1) for rate in (0.005, 0.004)], run, TWO_THREADS)
    assert [outcome["process"] for outcome in outcomes] == [os.getpid()] * 2


@FORKED
def test_trials_that_have_ended_are_left_alone(run: Run) -> None:
    trials = [LineTrial(rate=rate, epochs=1) for rate in (0.005, 0.004)]
    first = train_trials(trials, run, configure("cpu", 1))
    diary = Diary()
    more = [*trials, LineTrial(rate=0.003, epochs=1)]
    again = train_trials(more, run, TWO_THREADS, observer=diary)
    assert again[:2] == first
    assert again[2]["process"] == os.getpid(), "a single one needs no process"
    assert [diary.told[trial.label] for trial in trials] == [["after 1", "finished"]] * 2
