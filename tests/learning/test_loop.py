"""The loop, on a task small enough to train in milliseconds, with dropout so that randomness matters."""

from __future__ import annotations

import math
import tracemalloc
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from dlhw.errors import CheckpointError, DivergedError, InterruptedRun, RunError
from dlhw.learning.checkpoint import load_checkpoint, save_checkpoint
from dlhw.learning.loop import EpochResult, StepResult, fit, resume_state
from dlhw.learning.parallel import ALONE, Ranks
from dlhw.learning.state import TrainingState, load_state, save_state
from dlhw.learning.task import Monitor
from dlhw.learning.trial_folder import TrialFolder

STEPS, BATCH = 7, 4


class Regression:
    """Fit a line through noise, with dropout and momentum."""

    monitor = Monitor(name="validation_error", higher_is_better=False)

    def __init__(self, *, learning_rate: float = 0.005, width: int = 5) -> None:
        self.ranks: Ranks = ALONE
        torch.manual_seed(0)
        self.model: nn.Module = nn.Sequential(nn.Linear(width, 8), nn.Dropout(0.5), nn.Linear(8, 1))
        self.evaluated: nn.Module = self.model
        self.optimizer: torch.optim.Optimizer = torch.optim.SGD(self.model.parameters(), lr=learning_rate, momentum=0.9)
        self.architecture: Mapping[str, Any] = {"network": "regression", "width": width}
        self.batch_sizes = torch.full((STEPS,), float(BATCH), dtype=torch.float64)
        self.loss_sizes: Tensor | None = None
        self.notes: Mapping[str, Any] = {}
        generator = torch.Generator().manual_seed(1)
        self._inputs = torch.randn(STEPS * BATCH, width, generator=generator)
        self._targets = self._inputs.sum(1, keepdim=True)
        self._order = torch.arange(STEPS * BATCH)
        self.steps_taken = 0

    def begin_epoch(self, epoch: int) -> None:
        self._order = torch.randperm(STEPS * BATCH, generator=torch.Generator().manual_seed(epoch))

    def train_step(self, step: int) -> Tensor:
        rows = self._order[step * BATCH : (step + 1) * BATCH]
        loss: Tensor = (self.model(self._inputs[rows]) - self._targets[rows]).square().mean()
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        self.steps_taken += 1
        return loss.detach()

    def validate(self) -> dict[str, float]:
        return {"validation_error": (self.model(self._inputs) - self._targets).square().mean().item()}


def train(folder: TrialFolder, epochs: int, task: Regression | None = None, **options: Any) -> list[EpochResult]:
    task = task or Regression()
    return list(fit(task, folder, resume_state(task, folder), epochs=epochs, **options))


def tensors(folder: TrialFolder) -> dict[str, Tensor]:
    return load_checkpoint(folder.state_path, kind="state")[0]


def same(one: Mapping[str, Tensor], other: Mapping[str, Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def stopping_at(step: int, task: Regression) -> Callable[[], int]:
    return lambda: 15 if task.steps_taken == step else 0


def test_each_epoch_is_yielded_and_kept(tmp_path: Path) -> None:
    folder = TrialFolder(tmp_path / "m")
    results = train(folder, 5)
    assert [result.epoch for result in results] == [1, 2, 3, 4, 5]
    assert [row["epoch"] for row in folder.metrics()] == [1, 2, 3, 4, 5]
    assert results[-1].train_loss < results[0].train_loss
    best = min(results, key=lambda result: result.metrics["validation_error"])
    assert (results[-1].best_epoch, results[-1].best_value) == (best.epoch, best.metrics["validation_error"])
    _, header = load_checkpoint(folder.best_path, kind="weights")
    assert header["epoch"] == best.epoch
    assert header["architecture"] == {"network": "regression", "width": 5}


def test_the_training_loss_is_the_mean_over_examples(tmp_path: Path) -> None:
    task = Regression()
    losses: list[float] = []
    task.batch_sizes = torch.tensor([4.0, 4, 4, 4, 4, 4, 1], dtype=torch.float64)
    train_step = task.train_step

    def noted(step: int) -> Tensor:
        loss = train_step(step)
        losses.append(loss.item())
        return loss

    task.train_step = noted  # type: ignore[method-assign]
    (result,) = train(TrialFolder(tmp_path / "m"), 1, task)
    expected = math.fsum(loss * size for loss, size in zip(losses, [4] * 6 + [1], strict=True)) / 25
    assert result.train_loss == pytest.approx(expected, rel=1e-12)


class Counted(Regression):
    """Whose steps find out only when they are taken of how many terms their loss is the mean."""

    def __init__(self) -> None:
        super().__init__()
        self.terms = torch.zeros(STEPS, dtype=torch.float64)
        self.loss_sizes = self.terms
        self.losses: list[float] = []

    def train_step(self, step: int) -> Tensor:
        self.terms[step] = step + 1
        loss = super().train_step(step)
        self.losses.append(loss.item())
        return loss


def test_the_training_loss_is_the_mean_over_the_terms_of_the_loss(tmp_path: Path) -> None:
    task, stopped = Counted(), TrialFolder(tmp_path / "stopped")
    (result,) = train(TrialFolder(tmp_path / "m"), 1, task)
    expected = math.fsum(loss * size for size, loss in enumerate(task.losses, 1)) / math.fsum(range(1, STEPS + 1))
    assert result.train_loss == pytest.approx(expected, rel=1e-6)
    task = Counted()
    with pytest.raises(InterruptedRun):
        train(stopped, 1, task, should_stop=stopping_at(3, task))
    (resumed,) = train(stopped, 1, Counted())
    assert resumed.train_loss == result.train_loss


def test_the_best_weights_carry_what_validation_noted_of_them(tmp_path: Path) -> None:
    folder, task = TrialFolder(tmp_path / "m"), Regression()
    errors = iter([3.0, 2.0, 2.5])

    def validate() -> dict[str, float]:
        error = next(errors)
        task.notes = {"temperature": error / 10}
        return {"validation_error": error}

    task.validate = validate  # type: ignore[method-assign]
    for epochs in (1, 2, 3):
        train(folder, epochs, task)
        header = load_checkpoint(folder.best_path, kind="weights")[1]
        assert header["architecture"] == {**task.architecture, "temperature": header["validation_error"] / 10}


@given(stop=st.integers(min_value=1, max_value=4 * STEPS - 1))
def test_a_training_stopped_after_any_step_ends_in_the_same_weights(
    tmp_path_factory: pytest.TempPathFactory, stop: int
) -> None:
    folder = tmp_path_factory.mktemp("runs")
    alone, stopped = TrialFolder(folder / "alone"), TrialFolder(folder / "stopped")
    train(alone, 4)
    task = Regression()
    with pytest.raises(InterruptedRun) as interrupted:
        train(stopped, 4, task, should_stop=stopping_at(stop, task))
    assert interrupted.value.exit_code == 143
    torch.manual_seed(stop)  # whatever happens in between
    train(stopped, 4)
    assert same(tensors(alone), tensors(stopped))
    assert same(
        load_checkpoint(alone.best_path, kind="weights")[0], load_checkpoint(stopped.best_path, kind="weights")[0]
    )
    drop = {"seconds", "images_per_second"}
    rows = [[{k: v for k, v in row.items() if k not in drop} for row in m.metrics()] for m in (alone, stopped)]
    assert rows[0] == rows[1]


def test_more_epochs_extend_a_finished_training(tmp_path: Path) -> None:
    whole, extended = TrialFolder(tmp_path / "whole"), TrialFolder(tmp_path / "extended")
    train(whole, 6)
    train(extended, 4)
    results = train(extended, 6)
    assert [result.epoch for result in results] == [5, 6]
    assert same(tensors(whole), tensors(extended))


def test_rows_beyond_the_committed_state_are_cut_and_lost_files_come_back(tmp_path: Path) -> None:
    folder = TrialFolder(tmp_path / "m")
    train(folder, 3)
    rows, best = folder.metrics(), folder.best_path.read_bytes()
    folder.append_metrics(rows[-1] | {"epoch": 4})
    folder.best_path.unlink()
    resume_state(Regression(), folder)
    assert folder.metrics() == rows
    assert folder.best_path.read_bytes() == best


def test_the_state_is_saved_within_an_epoch(tmp_path: Path) -> None:
    folder, task = TrialFolder(tmp_path / "m"), Regression()
    seen: list[int] = []

    def look() -> int:
        if folder.state_path.exists():
            seen.append(load_checkpoint(folder.state_path, kind="state")[1]["step"])
        return 0

    train(folder, 1, task, should_stop=look, seconds_between_saves=0.0)
    assert seen == [1, 2, 3, 4, 5, 6], "after each step the state of the step before was on disk"


def test_a_loss_that_is_not_finite_is_placed(tmp_path: Path) -> None:
    task = Regression(learning_rate=0.007)
    train_step = task.train_step

    def explode(step: int) -> Tensor:
        loss = train_step(step)
        return loss * math.inf if task.steps_taken == STEPS + 3 else loss

    task.train_step = explode  # type: ignore[method-assign]
    folder = TrialFolder(tmp_path / "m")
    with pytest.raises(DivergedError) as diverged:
        train(folder, 3, task)
    assert (diverged.value.epoch, diverged.value.step, diverged.value.learning_rate) == (2, 3, 0.007)
    assert "epoch 2, step 3, learning rate 0.007" in diverged.value.message
    assert len(folder.metrics()) == 1, "the epoch before stays"


def test_validation_that_is_not_finite_counts_as_diverged(tmp_path: Path) -> None:
    task = Regression()
    task.validate = lambda: {"validation_error": math.nan}  # type: ignore[method-assign]
    with pytest.raises(DivergedError):
        train(TrialFolder(tmp_path / "m"), 1, task)


def test_a_state_of_another_network_is_refused(tmp_path: Path) -> None:
    folder = TrialFolder(tmp_path / "m")
    train(folder, 1)
    with pytest.raises(CheckpointError, match="width 5, and this run trains network regression, width 6"):
        resume_state(Regression(width=6), folder)


def test_a_state_of_other_data_is_refused(tmp_path: Path) -> None:
    folder, task = TrialFolder(tmp_path / "m"), Regression()
    train(folder, 1)
    task.batch_sizes = task.batch_sizes[:-1]
    with pytest.raises(CheckpointError, match="7 steps an epoch, and this run has 6"):
        resume_state(task, folder)


def test_a_state_of_more_epochs_than_rows_is_refused_in_little_memory(tmp_path: Path) -> None:
    folder = TrialFolder(tmp_path)
    train(folder, epochs=1)
    held, header = load_checkpoint(folder.state_path, kind="state")
    save_checkpoint(folder.state_path, held, {**header, "epoch": 10**7})
    tracemalloc.start()
    with pytest.raises(CheckpointError, match="its rows are not those of its epochs"):
        load_checkpoint(folder.state_path, kind="state")
    highest = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert highest < 1e6  # a list of so many epochs takes 400 MB


def test_a_state_that_cannot_be_written_leaves_the_one_before(tmp_path: Path) -> None:
    folder = TrialFolder(tmp_path / "m")
    train(folder, 1)
    before = folder.state_path.read_bytes()
    folder.state_path = tmp_path / "gone" / "state"
    task = Regression()
    with pytest.raises(RunError, match="could not write"):
        train(folder, 1, task)
    assert (tmp_path / "m" / "state.safetensors").read_bytes() == before


def test_progress_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlhw.learning.loop.SECONDS_BETWEEN_LOOKS", 0.0)
    told: list[StepResult] = []
    train(TrialFolder(tmp_path / "m"), 2, on_step=told.append)
    assert [(each.epoch, each.step) for each in told] == [(e, s) for e in (1, 2) for s in range(1, STEPS + 1)]
    assert all(each.images_per_second > 0 and math.isfinite(each.train_loss) for each in told)


def test_a_resumed_optimizer_keeps_the_kernels_of_this_process(tmp_path: Path) -> None:
    """As where the state comes from a GPU: there the fused step is on, and may not be here."""
    folder, elsewhere, here = TrialFolder(tmp_path / "fit"), Regression(), Regression()
    elsewhere.optimizer.param_groups[0] |= {"fused": True, "lr": 0.25}
    save_state(folder.state_path, elsewhere, TrainingState.fresh(elsewhere))
    load_state(folder.state_path, here)
    assert here.optimizer.param_groups[0]["fused"] is None
    assert here.optimizer.param_groups[0]["lr"] == 0.25  # the schedule's place, which is the run's
