"""Where a training stands: everything needed to go on, bit for bit, from one file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from dlhw.errors import CheckpointError
from dlhw.learning.checkpoint import load_checkpoint, save_checkpoint
from dlhw.learning.task import Task


@dataclass(kw_only=True)
class Best:
    """The best epoch so far, with its weights."""

    epoch: int
    value: float
    weights: dict[str, Tensor]
    notes: dict[str, Any] = field(default_factory=dict)
    """What ``Task.notes`` said after its validation."""


@dataclass(kw_only=True)
class TrainingState:
    """Position and running sums of a training. The weights and the optimizer live in the task."""

    losses: Tensor
    """(steps,) on the device: the loss of each step of the current epoch. Reading it is a device sync."""

    epoch: int = 0
    """Epochs finished."""

    step: int = 0
    """Steps finished in the epoch that is under way."""

    seconds: float = 0.0
    """Training time already spent on the epoch that is under way."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    """One row a finished epoch, as in ``metrics.jsonl``, which is derived from here on resuming."""

    best: Best | None = None

    @classmethod
    def fresh(cls, task: Task) -> TrainingState:
        """The state before the first step."""
        device = next(task.model.parameters()).device
        return cls(losses=torch.zeros(len(task.batch_sizes), device=device))


def save_state(path: Path, task: Task, state: TrainingState) -> None:
    """Commit the task's weights, their average, optimizer and random generators together with ``state``."""
    optimizer = task.optimizer.state_dict()
    tensors: dict[str, Tensor] = {"losses": state.losses}
    if task.loss_sizes is not None:
        tensors["loss_sizes"] = task.loss_sizes
    tensors |= {f"model/{name}": value for name, value in task.model.state_dict().items()}
    if task.evaluated is not task.model:
        tensors |= {f"average/{name}": value for name, value in task.evaluated.state_dict().items()}
    tensors |= {f"random/{name}": value for name, value in _random_states(state.losses.device).items()}
    slots: dict[str, dict[str, Any]] = {}
    for index, slot in optimizer["state"].items():
        tensors |= {f"optimizer/{index}/{k}": v for k, v in slot.items() if isinstance(v, Tensor)}
        slots[str(index)] = {k: v for k, v in slot.items() if not isinstance(v, Tensor)}
    if state.best is not None:
        tensors |= {f"best/{name}": value for name, value in state.best.weights.items()}
    header = {
        "kind": "state",
        "architecture": dict(task.architecture),
        "epoch": state.epoch,
        "step": state.step,
        "seconds": state.seconds,
        "rows": state.rows,
        "best": None
        if state.best is None
        else {"epoch": state.best.epoch, "value": state.best.value, "notes": state.best.notes},
        "optimizer": {"state": slots, "param_groups": optimizer["param_groups"]},
    }
    save_checkpoint(path, tensors, header)


def load_state(path: Path, task: Task) -> TrainingState:
    """Put the task and the random generators back to where ``path`` was committed.

    Raises:
        CheckpointError: the file is damaged, or belongs to another network or another number of steps.
    """
    tensors, header = load_checkpoint(path, kind="state")
    if header["architecture"] != dict(task.architecture):
        raise CheckpointError(
            f"{path} is of {_named(header['architecture'])}, and this run trains {_named(task.architecture)}",
            "resume with the options the run was started with",
        )
    state = TrainingState.fresh(task)
    if tensors["losses"].shape != state.losses.shape:
        raise CheckpointError(
            f"{path} has {len(tensors['losses'])} steps an epoch, and this run has {len(state.losses)}",
            "resume with the data and the batch size the run was started with",
        )
    task.model.load_state_dict(_under("model/", tensors))
    if task.evaluated is not task.model:
        task.evaluated.load_state_dict(_under("average/", tensors))
    slots = {int(index): dict(slot) for index, slot in header["optimizer"]["state"].items()}
    for name, value in _under("optimizer/", tensors).items():
        index, key = name.split("/", 1)
        slots[int(index)][key] = value
    task.optimizer.load_state_dict({"state": slots, "param_groups": header["optimizer"]["param_groups"]})
    _lay_out_as_parameters(task.optimizer)
    state.losses.copy_(tensors["losses"])
    if task.loss_sizes is not None:
        if "loss_sizes" not in tensors:
            raise CheckpointError(f"{path} was written by an earlier dlhw, which cannot be gone on with", "start anew")
        task.loss_sizes.copy_(tensors["loss_sizes"])
    state.epoch, state.step, state.seconds = header["epoch"], header["step"], header["seconds"]
    state.rows = header["rows"]
    if header["best"] is not None:
        state.best = Best(**header["best"], weights=_under("best/", tensors))
    # Last, since what stands above may draw numbers of its own.
    _restore_random_states(_under("random/", tensors), state.losses.device)
    return state


def _lay_out_as_parameters(optimizer: Optimizer) -> None:
    """Give an optimizer's moments the memory layout of their parameters.

    Files hold tensors in order, and fused optimizers walk through memory: beside a ``channels_last`` weight
    they would silently take one element's moments for another's.
    """
    for parameter, slot in optimizer.state.items():
        for key, value in slot.items():
            if isinstance(value, Tensor) and value.shape == parameter.shape:
                slot[key] = torch.empty_like(parameter, dtype=value.dtype).copy_(value)


def _random_states(device: torch.device) -> dict[str, Tensor]:
    states = {"cpu": torch.get_rng_state()}
    if device.type == "cuda":
        states["cuda"] = torch.cuda.get_rng_state(device)
    elif device.type == "mps":
        states["mps"] = torch.mps.get_rng_state()
    return states


def _restore_random_states(states: Mapping[str, Tensor], device: torch.device) -> None:
    torch.set_rng_state(states["cpu"])
    if device.type == "cuda" and "cuda" in states:
        torch.cuda.set_rng_state(states["cuda"], device)
    elif device.type == "mps" and "mps" in states:
        torch.mps.set_rng_state(states["mps"])


def _under(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}


def _named(architecture: Mapping[str, Any]) -> str:
    return ", ".join(f"{key} {value}" for key, value in architecture.items() if isinstance(value, str | int))
