"""The training loop: a generator that yields one :class:`EpochResult` an epoch and draws nothing.

``on_step`` shows progress, and ``should_stop`` stops.
Inside an epoch nothing waits for the device but those who look, four times a second at most.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

import torch

from dlhw.errors import DivergedError, InterruptedRun
from dlhw.learning.checkpoint import save_checkpoint
from dlhw.learning.state import Best, TrainingState, load_state, save_state
from dlhw.learning.task import Task
from dlhw.learning.trial_folder import TrialFolder

SECONDS_BETWEEN_LOOKS = 0.25
SECONDS_BETWEEN_SAVES = 300.0

STEPS_BETWEEN_AGREEMENTS = 16
"""Of several ranks, which stop, save and look together: after so many steps of an epoch, and at its end."""


@dataclass(frozen=True, kw_only=True)
class StepResult:
    """How far an epoch has come. Reported a few times a second."""

    epoch: int
    """The epoch under way, from 1."""

    step: int
    """Steps finished in it."""

    steps: int
    """Steps in an epoch."""

    train_loss: float
    """Mean loss of the epoch so far."""

    images_per_second: float

    @property
    def done(self) -> float:
        """Finished epochs, with the fraction of this one."""
        return self.epoch - 1 + self.step / self.steps


@dataclass(frozen=True, kw_only=True)
class EpochResult:
    """A finished epoch; a row of ``metrics.jsonl``."""

    epoch: int
    """From 1."""

    train_loss: float
    """Mean over the epoch's examples, or letters, of the loss that each had when it was learnt from."""

    metrics: dict[str, float]
    """What ``Task.validate`` returned."""

    learning_rate: float
    seconds: float
    """Training time of the epoch, validation not counted."""

    images_per_second: float
    best_epoch: int
    best_value: float

    @property
    def done(self) -> float:
        """Finished epochs."""
        return float(self.epoch)


def fit(
    task: Task,
    folder: TrialFolder,
    state: TrainingState,
    *,
    epochs: int,
    patience: int | None = None,
    on_step: Callable[[StepResult], None] | None = None,
    should_stop: Callable[[], int] | None = None,
    seconds_between_saves: float = SECONDS_BETWEEN_SAVES,
) -> Iterator[EpochResult]:
    """Train until ``epochs`` epochs are finished, from wherever ``state`` stands.

    Args:
        task: the network with its data.
        folder: where metrics, the best weights and the state are kept.
        state: from :func:`resume_state`; it is kept up to date, and holds rows and best weights at the end.
        epochs: total number of epochs, those before a resume counted in.
        patience: early stopping: end after so many epochs in a row that were no better; ``None`` for never.
        on_step: called with the share of the epoch that is done, every quarter of a second at most.
        should_stop: asked after every step; a signal's number stops the training, 0 lets it go on. What it says on
            any rank stops all of them, within :data:`STEPS_BETWEEN_AGREEMENTS` steps.
        seconds_between_saves: how often the state is written within an epoch.

    Raises:
        DivergedError: a loss was not finite; the state of the last whole epoch stays.
        InterruptedRun: ``should_stop`` said so; the state was written first.
        RunError: the state could not be written; the one before it is whole.
    """
    while state.epoch < epochs and not patience_ended(state, patience):
        with task.ranks.answering():
            _train_epoch(task, folder, state, on_step, should_stop or _never, seconds_between_saves)
        yield _conclude_epoch(task, folder, state)


def patience_ended(state: TrainingState, patience: int | None) -> bool:
    """Whether as many epochs in a row were no better as there is patience for."""
    return patience is not None and state.best is not None and state.epoch - state.best.epoch >= patience


def resume_state(task: Task, folder: TrialFolder) -> TrainingState:
    """The trial's committed state, put into the task; what is derived from it is written anew.

    Raises:
        CheckpointError: the state is damaged or belongs to something else.
        RunError: the trial's folder cannot be written.
    """
    if not task.ranks.on_first(folder.state_path.exists):
        task.ranks.on_first(lambda: folder.write_metrics([]))
        return TrainingState.fresh(task)
    with task.ranks.agreed():
        state = load_state(folder.state_path, task)
    task.ranks.on_first(lambda: folder.write_metrics(state.rows))
    if state.best is not None:
        _save_best(task, folder, state.best)
    return state


def _train_epoch(
    task: Task,
    folder: TrialFolder,
    state: TrainingState,
    on_step: Callable[[StepResult], None] | None,
    should_stop: Callable[[], int],
    seconds_between_saves: float,
) -> None:
    task.model.train()
    task.begin_epoch(state.epoch + 1)
    steps = len(task.batch_sizes)
    spent_before = state.seconds
    started = last_look = last_save = time.perf_counter()
    while state.step < steps:
        state.losses[state.step] = task.train_step(state.step)
        state.step += 1
        now = time.perf_counter()
        state.seconds = spent_before + now - started
        signal_number = should_stop()
        due = int(now - last_save >= seconds_between_saves and state.step < steps)
        look = int(now - last_look >= SECONDS_BETWEEN_LOOKS)
        if task.ranks.size > 1:
            if state.step % STEPS_BETWEEN_AGREEMENTS and state.step < steps:
                continue
            signal_number, due, look = task.ranks.greatest(signal_number, due, look)
        if signal_number or due or look:
            _check_finite(task, state)
            last_look = now
            if on_step is not None:
                on_step(_step_result(task, state))
        if signal_number or due:
            save_state(folder.state_path, task, state)
            last_save = time.perf_counter()
        if signal_number:
            raise InterruptedRun(
                f"stopped at epoch {state.epoch + 1}, step {state.step} of {steps}; the state is saved",
                signal_number=signal_number,
            )
    _check_finite(task, state)  # a device sync, so the clock below counts work that is done
    state.seconds = spent_before + time.perf_counter() - started


def _conclude_epoch(task: Task, folder: TrialFolder, state: TrainingState) -> EpochResult:
    task.evaluated.eval()
    with torch.inference_mode():
        metrics = task.validate()
    if not all(math.isfinite(value) for value in metrics.values()):
        raise _diverged(task, state, step=state.step)
    epoch, value = state.epoch + 1, metrics[task.monitor.name]
    improved = state.best is None or task.monitor.better(value, state.best.value)
    if state.best is None or improved:
        weights = {name: tensor.detach().cpu().clone() for name, tensor in task.evaluated.state_dict().items()}
        state.best = Best(epoch=epoch, value=value, weights=weights, notes=dict(task.notes))
    result = EpochResult(
        epoch=epoch,
        train_loss=_mean_loss(task, state),
        metrics=metrics,
        learning_rate=task.optimizer.param_groups[0]["lr"],
        seconds=state.seconds,
        images_per_second=float(task.batch_sizes.sum()) / state.seconds,
        best_epoch=state.best.epoch,
        best_value=state.best.value,
    )
    row = asdict(result)
    row |= row.pop("metrics")
    state.rows.append(row)
    state.epoch, state.step, state.reduced, state.seconds = epoch, 0, 0, 0.0
    # The order matters: an epoch counts once the state is saved, atomically. Rows beyond it are cut on resuming, and
    # the best weights are written from it.
    task.ranks.on_first(lambda: folder.append_metrics(row))
    save_state(folder.state_path, task, state)
    if improved:
        _save_best(task, folder, state.best)
    return result


def _save_best(task: Task, folder: TrialFolder, best: Best) -> None:
    header = {
        "kind": "weights",
        "architecture": {**task.architecture, **best.notes},
        "epoch": best.epoch,
        task.monitor.name: best.value,
    }
    task.ranks.on_first(lambda: save_checkpoint(folder.best_path, best.weights, header))


def _check_finite(task: Task, state: TrainingState) -> None:
    """See that all losses so far are finite; from here on they are those of all ranks, on each of them."""
    if state.reduced < state.step:
        task.ranks.sum_(state.losses[state.reduced : state.step]).div_(task.ranks.size)
        state.reduced = state.step
    bad = (~torch.isfinite(state.losses[: state.step])).nonzero()  # a device sync
    if len(bad):
        raise _diverged(task, state, step=int(bad[0]) + 1)


def _diverged(task: Task, state: TrainingState, *, step: int) -> DivergedError:
    return DivergedError(epoch=state.epoch + 1, step=step, learning_rate=task.optimizer.param_groups[0]["lr"])


def _mean_loss(task: Task, state: TrainingState) -> float:
    sizes = (task.batch_sizes if task.loss_sizes is None else task.loss_sizes)[: state.step]
    return float(state.losses[: state.step].cpu().double() @ sizes / sizes.sum())


def _step_result(task: Task, state: TrainingState) -> StepResult:
    return StepResult(
        epoch=state.epoch + 1,
        step=state.step,
        steps=len(task.batch_sizes),
        train_loss=_mean_loss(task, state),
        images_per_second=float(task.batch_sizes[: state.step].sum()) / state.seconds,
    )


def _never() -> int:
    return 0
