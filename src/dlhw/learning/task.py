"""What the training loop needs to know of a network and its data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from torch import Tensor, nn
from torch.optim import Optimizer

from dlhw.learning.parallel import Ranks


@dataclass(frozen=True, kw_only=True)
class Monitor:
    """The validation metric by which the best epoch is chosen."""

    name: str
    """A key of what ``Task.validate`` returns."""

    higher_is_better: bool

    def better(self, new: float, old: float) -> bool:
        """Whether ``new`` beats ``old``; of two equal epochs the earlier one stays the best."""
        return new > old if self.higher_is_better else new < old


class Task(Protocol):
    """A network, its data and its recipe, filled in by each question's ``training`` module."""

    ranks: Ranks
    """The processes that train it together, each of which has all of it."""

    model: nn.Module
    """What the steps change."""

    evaluated: nn.Module
    """What is validated, and whose weights are the best ones: the model itself, or an average of its weights."""

    optimizer: Optimizer
    monitor: Monitor

    architecture: Mapping[str, Any]
    """What a checkpoint's header says of the network, so that the weights can be used without the run."""

    batch_sizes: Tensor
    """(steps,) float64 on the CPU: how many examples each step of an epoch learns from."""

    loss_sizes: Tensor | None
    """(steps,) float64 on the CPU: of how many terms each loss is the mean; each step fills its place in, and
    the state keeps it. ``None`` where there is a term an example."""

    notes: Mapping[str, Any]
    """What the header of the best weights says beside ``architecture``: plain values, set anew by ``validate``."""

    def begin_epoch(self, epoch: int) -> None:
        """Get ready for epoch ``epoch`` (from 1). What is drawn depends on the seed and the epoch alone."""

    def train_step(self, step: int) -> Tensor:
        """Learn from batch ``step`` (from 0) and return its mean loss, () on the device, detached. Several
        ranks learn from a part each, and the mean of what they return is the batch's."""

    def validate(self) -> dict[str, float]:
        """Metrics on the validation examples, the same on all ranks."""
