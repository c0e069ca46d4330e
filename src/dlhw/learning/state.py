"""Where a training stands: everything needed to continue, bit for bit, from one file."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from dlhw.errors import CheckpointError
from dlhw.learning.checkpoint import load_checkpoint, save_checkpoint
from dlhw.learning.headers import works
from dlhw.learning.task import Task
from dlhw.plurals import counted


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

    reduced: int = 0
    """Steps whose losses are the means over all ranks; of later ones each rank knows its own part's."""

    seconds: float = 0.0
    """Training time already spent on the epoch that is under way."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    """One row a finished epoch, as in ``metrics.jsonl``, which is derived from here on resuming."""

    best: Best | None = None

    @classmethod
    def fresh(cls, task: Task) -> TrainingState:
        """The state before the first step."""
        device = next(task.model.parameters()).device
        if not task.ranks.leads:
            _diverge(torch.get_rng_state(), task.ranks.rank)
        return cls(losses=torch.zeros(len(task.batch_sizes), device=device))


def save_state(path: Path, task: Task, state: TrainingState) -> None:
    """Commit the task's weights, their average, optimizer and random generators together with ``state``.

    All ranks call it, and rank 0 writes. The file is the same for any number of them, but for their generators.
    """
    generators = task.ranks.gather(_random_states(state.losses.device))
    task.ranks.on_first(lambda: _save(path, task, state, generators))


def _save(path: Path, task: Task, state: TrainingState, generators: Sequence[Mapping[str, Tensor]]) -> None:
    optimizer = task.optimizer.state_dict()
    tensors: dict[str, Tensor] = {"losses": state.losses}
    if task.loss_sizes is not None:
        tensors["loss_sizes"] = task.loss_sizes
    tensors |= {f"model/{name}": value for name, value in task.model.state_dict().items()}
    if task.evaluated is not task.model:
        tensors |= {f"average/{name}": value for name, value in task.evaluated.state_dict().items()}
    for rank, states in enumerate(generators):
        tensors |= {f"{_random_prefix(rank)}{name}": value for name, value in states.items()}
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
    try:
        return _put_back(path, task, tensors, header)
    except torch.OutOfMemoryError:
        raise
    except (LookupError, TypeError, ValueError, AttributeError, RuntimeError) as error:  # what PyTorch says of others'
        raise CheckpointError(f"{path} is damaged: {error}", works(path)) from error


def _put_back(path: Path, task: Task, tensors: dict[str, Tensor], header: dict[str, Any]) -> TrainingState:
    state = TrainingState.fresh(task)
    if tensors["losses"].shape != state.losses.shape:
        raise CheckpointError(
            f"{path} has {counted(len(tensors['losses']), 'step')} an epoch, and this run has {len(state.losses)}",
            "resume with the data and the batch size the run was started with",
        )
    task.model.load_state_dict(_under("model/", tensors))
    if task.evaluated is not task.model:
        task.evaluated.load_state_dict(_under("average/", tensors))
    slots = {int(index): dict(slot) for index, slot in header["optimizer"]["state"].items()}
    for name, value in _under("optimizer/", tensors).items():
        index, key = name.split("/", 1)
        slots[int(index)][key] = value
    ours = task.optimizer.state_dict()["param_groups"]
    saved = header["optimizer"]["param_groups"]
    groups = [{**group, **_kernels(now)} for group, now in zip(saved, ours, strict=True)]
    _check_optimizer(task.optimizer, groups, slots)
    task.optimizer.load_state_dict({"state": slots, "param_groups": groups})
    _lay_out_as_parameters(task.optimizer)
    state.losses.copy_(tensors["losses"])
    if task.loss_sizes is not None:
        if "loss_sizes" not in tensors:
            raise CheckpointError(f"{path} was written by an earlier dlhw, which cannot be resumed", "start anew")
        task.loss_sizes.copy_(tensors["loss_sizes"])
    state.epoch, state.step, state.seconds = header["epoch"], header["step"], header["seconds"]
    state.reduced = state.step
    if state.step > len(state.losses):
        raise ValueError(f"step {state.step} of {len(state.losses)}")
    state.rows = header["rows"]
    if (best := header["best"]) is not None:
        weights = _under("best/", tensors)
        if _shapes(weights) != _shapes(task.evaluated.state_dict()):
            raise ValueError("the best weights are not of this network")
        state.best = Best(epoch=best["epoch"], value=best["value"], notes=best.get("notes", {}), weights=weights)
    # Last, since what stands above may draw numbers of its own.
    own = _under(_random_prefix(task.ranks.rank), tensors)
    if "cpu" in own:
        _restore_random_states(own, state.losses.device)
    else:  # more ranks than before
        _diverge(tensors[f"{_random_prefix(0)}cpu"], task.ranks.rank)
    return state


def _shapes(weights: Mapping[str, Tensor]) -> dict[str, torch.Size]:
    return {name: tensor.shape for name, tensor in weights.items()}


def _check_optimizer(optimizer: Optimizer, groups: Any, slots: Mapping[int, Mapping[str, Any]]) -> None:
    """Check that an optimizer can continue with a file's numbers: PyTorch takes any, and fails or diverges steps later.

    Raises:
        ValueError: it cannot.
    """
    ours = optimizer.state_dict()["param_groups"]
    if [_kinds(group) for group in groups] != [_kinds(group) for group in ours]:
        raise ValueError("the optimizer's options are not those of this run")
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    for index, slot in slots.items():
        for key, value in slot.items():
            if not isinstance(value, Tensor) or value.ndim == 0:
                continue
            if (value.shape, value.dtype) != (parameters[index].shape, parameters[index].dtype):
                raise ValueError(f"{key} of parameter {index} does not fit it")


def _kernels(group: Mapping[str, Any]) -> dict[str, Any]:
    """By which kernels an optimizer steps: for this process's device, which need not be the one of the file."""
    return {name: group[name] for name in ("fused", "foreach", "capturable") if name in group}


def _kinds(group: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a group of parameters by their kinds; which parameters they are for, as it is."""
    kinds = {
        key: "number"
        if isinstance(value, int | float) and not isinstance(value, bool)
        else len(value)
        if isinstance(value, list | tuple)
        else value
        for key, value in group.items()
    }
    return {**kinds, "params": list(group["params"])}


def _lay_out_as_parameters(optimizer: Optimizer) -> None:
    """Give an optimizer's moments the memory layout of their parameters.

    Files hold tensors in order, and fused optimizers walk through memory: beside a ``channels_last`` weight
    they would silently take one element's moments for another's.
    """
    for parameter, slot in optimizer.state.items():
        for key, value in slot.items():
            if isinstance(value, Tensor) and value.shape == parameter.shape:
                slot[key] = torch.empty_like(parameter, dtype=value.dtype).copy_(value)


def _random_prefix(rank: int) -> str:
    return f"random/{rank}/" if rank else "random/"


def _diverge(first: Tensor, rank: int) -> None:
    """Seed the generators of a rank by those of rank 0, so that no two ranks drop the same features."""
    content = first.numpy().tobytes() + rank.to_bytes(8, "little")
    torch.manual_seed(int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "little"))


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
