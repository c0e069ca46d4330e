"""Training a network of Question 2 with one learning rate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dlhw.cnn.data import Landscapes, Split
from dlhw.cnn.network import PREPROCESSING, LandscapeNetwork, to_input
from dlhw.cnn.settings import Settings
from dlhw.errors import UsageError
from dlhw.learning.device import Compute
from dlhw.learning.random_streams import epoch_order
from dlhw.learning.task import Monitor

EVALUATION_BATCH = 64
"""Pictures evaluated at once: the maps of more take memory (256 pictures, 230 MB) and save no time."""


class LandscapeTask:
    """A landscape network with its pictures on the device, its optimizer and its order of batches.

    Args:
        settings: the recipe.
        learning_rate: of this member.
        data: the pictures; ``train`` and ``validation`` are used.
        compute: where to train.
    """

    monitor = Monitor(name="validation_accuracy", higher_is_better=True)

    def __init__(self, settings: Settings, learning_rate: float, data: Landscapes, compute: Compute) -> None:
        if settings.network == "gap" and len(data.train) < 2:
            raise UsageError("batch normalisation cannot learn from a single training picture")
        torch.manual_seed(settings.seed)
        network = LandscapeNetwork(settings.network, classes=len(data.class_names), dropout=settings.dropout)
        # channels_last is how the pictures lie in memory; pooling in the other layout takes twelve times
        # as long on a CPU.
        self.model: nn.Module = network.to(compute.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.evaluated: nn.Module = self.model
        self.precision = torch.float32
        self.optimizer: torch.optim.Optimizer = torch.optim.SGD(
            self.model.parameters(), lr=learning_rate, fused=compute.device.type in {"cpu", "cuda"}
        )
        self.architecture: Mapping[str, Any] = {
            "network": settings.network,
            "classes": list(data.class_names),
            "dropout": settings.dropout,
            "preprocessing": PREPROCESSING,
        }
        self._seed = settings.seed
        self._train, self._validation = data.train.to(compute.device), data.validation.to(compute.device)
        self._bounds = batch_bounds(len(data.train), settings.batch_size)
        self.batch_sizes = torch.tensor(self._bounds, dtype=torch.float64).diff()
        self.loss_sizes: Tensor | None = None
        self.notes: Mapping[str, Any] = {}
        self._order = torch.empty(0, dtype=torch.int64)

    def begin_epoch(self, epoch: int) -> None:
        """Shuffle the pictures; the order is the same for every learning rate and on every device."""
        self._order = epoch_order(len(self._train), self._seed, epoch).to(self._train.labels.device)

    def train_step(self, step: int) -> Tensor:
        """One step of SGD on batch ``step``; returns its mean cross-entropy, ()."""
        rows = self._order[self._bounds[step] : self._bounds[step + 1]]
        logits = self.model(to_input(self._train.images[rows]))  # (B, classes)
        loss = F.cross_entropy(logits, self._train.labels[rows])
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        return loss.detach()

    def validate(self) -> dict[str, float]:
        """Mean cross-entropy and accuracy on the validation pictures."""
        loss, accuracy = evaluate(self.evaluated, self._validation)
        return {"validation_loss": loss, "validation_accuracy": accuracy}


def batch_bounds(count: int, batch_size: int) -> list[int]:
    """Where each batch of an epoch begins, and the end.

    A last batch of a single picture joins the one before it: batch normalisation cannot learn from one.

    Example:
        >>> batch_bounds(17, 8)
        [0, 8, 17]
    """
    bounds = [*range(0, count, batch_size), count]
    if batch_size > 1 and len(bounds) > 2 and bounds[-1] - bounds[-2] == 1:
        del bounds[-2]
    return bounds


@torch.inference_mode()
def evaluate(model: nn.Module, split: Split) -> tuple[float, float]:
    """Mean cross-entropy and accuracy of ``model``, which is left in evaluation mode, on ``split``."""
    model.eval()
    loss = torch.zeros((), device=split.labels.device)
    correct = torch.zeros((), dtype=torch.int64, device=split.labels.device)
    for first in range(0, len(split), EVALUATION_BATCH):
        labels = split.labels[first : first + EVALUATION_BATCH]
        logits = model(to_input(split.images[first : first + EVALUATION_BATCH]))
        loss += F.cross_entropy(logits, labels, reduction="sum")
        correct += (logits.argmax(1) == labels).sum()
    return loss.item() / len(split), correct.item() / len(split)
