"""The one training task of Question 2: a network, its images and a recipe."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from dlhw.cnn.architecture import Architecture
from dlhw.cnn.augmentation import Changes, augment
from dlhw.cnn.class_weights import WeightsName, balanced, weighted_cross_entropy
from dlhw.cnn.data import Landscapes, Split
from dlhw.cnn.mixing import cut_mix
from dlhw.cnn.network import PREPROCESSING, Buildable, to_input
from dlhw.cnn.recipe import Recipe
from dlhw.errors import UsageError
from dlhw.learning.captured_step import CapturedStep, can_capture
from dlhw.learning.device import Compute, choose_precision
from dlhw.learning.exponential_moving_average import move_towards
from dlhw.learning.parallel import ALONE, Ranks
from dlhw.learning.random_streams import epoch_order, torch_generator
from dlhw.learning.rate_schedules import one_cycle
from dlhw.learning.task import Monitor

EVALUATION_BATCH = 64
"""Images evaluated at once: the maps of more take memory (256 images, 230 MB) and save no time."""


class ClassificationTask:
    """A landscape network with its images on the device, its optimizer and the recipe that trains it.

    Args:
        name: of the network, for a checkpoint's header.
        architecture: what the network is made of.
        recipe: every number of the training.
        seed: of the first weights, the order of the images, augmentation and dropout.
        data: the images; ``train`` and ``validation`` are used.
        compute: where to train.
        class_weights: what images of each class count for in the training loss; ``None`` for the same.
        captured: whether a step on a whole batch is recorded as a CUDA graph. By default on CUDA, but for ranks and
            for a person's network, which may read from the device what cannot be recorded.

    Raises:
        UsageError: there is one training image, and the network has batch normalisation; or several ranks cannot
            share a batch.
    """

    monitor = Monitor(name="validation_accuracy", higher_is_better=True)

    def __init__(
        self,
        name: str,
        architecture: Buildable,
        recipe: Recipe,
        seed: int,
        data: Landscapes,
        compute: Compute,
        *,
        class_weights: WeightsName | None = None,
        captured: bool | None = None,
    ) -> None:
        torch.manual_seed(seed)
        network = architecture.build(classes=len(data.class_names), dropout=recipe.dropout)
        normalizes = any(isinstance(layer, _BatchNorm) for layer in network.modules())
        if len(data.train) < 2 and normalizes:
            raise UsageError("batch normalisation cannot learn from a single training image")
        network = compute.synchronized(network)
        self.ranks, self._least = compute.ranks, 2 if normalizes and not compute.sync_batchnorm else 1
        self.ranks.check_batch(recipe.batch_size, least=self._least)
        # channels_last is how the images lie in memory; pooling in the other layout takes twelve times
        # as long on a CPU.
        self.model: nn.Module = network.to(compute.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._learner = self.ranks.wrap(self.model)
        self.optimizer = build_optimizer(self.model, recipe, compute.device)
        self.evaluated: nn.Module = self.model
        if recipe.ema_decay:
            self.evaluated = copy.deepcopy(self.model).requires_grad_(False)
        self.architecture: Mapping[str, Any] = {
            "network": name,
            "classes": list(data.class_names),
            "dropout": recipe.dropout,
            "preprocessing": PREPROCESSING,
            **architecture.as_header(),
        }
        self.precision = choose_precision(recipe.precision, compute.device)
        self._recipe, self._seed = recipe, seed
        # F.one_hot makes its classes anew at every step, and on a GPU waits to see whether the labels are in range.
        self._one_hot = torch.eye(len(data.class_names), device=compute.device)
        self._train, self._validation = data.train.to(compute.device), data.validation.to(compute.device)
        self._class_weights: Tensor | None = None
        if class_weights == "balanced":
            self._class_weights = balanced(self._train.labels, len(data.class_names))
        self._bounds = batch_bounds(len(data.train), recipe.batch_size)
        self.batch_sizes = torch.tensor(self._bounds, dtype=torch.float64).diff()
        self.loss_sizes: Tensor | None = None
        self.notes: Mapping[str, Any] = {}
        self._epoch = 0
        self._order = torch.empty(len(data.train), dtype=torch.int64, device=compute.device)
        self._changes: Changes | None = None
        # What a step of _learn_at reads: where the images of the first batch stand, and numbers for each step.
        self._whole = int((self.batch_sizes == recipe.batch_size).sum())  # the last one may be smaller, or one larger
        self._within = torch.arange(recipe.batch_size, device=compute.device)
        precise = torch.float64 if compute.device.type == "cpu" else torch.float32  # which CUDA's optimizers read
        self._rates = torch.zeros(len(self.batch_sizes), dtype=precise, device=compute.device)
        self._weights = torch.zeros(len(self.batch_sizes), device=compute.device)
        if captured is None:
            captured = can_capture(compute.device, compute.ranks.size) and isinstance(architecture, Architecture)
        self._captured = CapturedStep(self._learn_at, compute.device) if captured else None

    def begin_epoch(self, epoch: int) -> None:
        """Shuffle the images and draw their augmentation, the same on every device.

        The order follows from the seed and the epoch: it is the same for every learning rate and network.

        Args:
            epoch: from 1.
        """
        self._epoch, device = epoch, self._train.labels.device
        self._order.copy_(epoch_order(len(self._train), self._seed, epoch))
        if self._recipe.augments:
            changes = Changes.draw(len(self._train), self._recipe, torch_generator(self._seed, "augmentation", epoch))
            if self._changes is None:
                self._changes = changes.to(device)
            else:
                self._changes.copy_(changes)
        if self._captured is not None:
            steps = range(len(self.batch_sizes))
            self._rates.copy_(torch.tensor([self._rate(step) for step in steps], dtype=torch.float64))
            self._weights.copy_(torch.tensor([self._weight(step) for step in steps]))

    def train_step(self, step: int) -> Tensor:
        """One step on batch ``step``, or this rank's part of it; returns its loss, ()."""
        self._set_rate(self._rate(step))
        if self._captured is not None and step < self._whole:
            return self._captured.take(step)
        loss = self._backward(*self._batch(step))
        self.optimizer.step()
        self.ranks.average_buffers(self.model)
        if self._recipe.ema_decay:
            move_towards(self.evaluated, self.model, self._weight(step))
        return loss

    def _learn_at(self, step: Tensor) -> Tensor:
        """The same on a whole batch, whose number is in a tensor, (1,) int64, as all that depends on it."""
        loss = self._backward(*self._select(torch.add(self._within, step, alpha=len(self._within))))
        rate = self.optimizer.param_groups[0]["lr"]
        if self._recipe.schedule != "constant":
            self._set_rate(self._rates.index_select(0, step).squeeze(0))
        self.optimizer.step()
        self._set_rate(rate)  # a number again, as it is saved and reported
        if self._recipe.ema_decay:
            move_towards(self.evaluated, self.model, self._weights.index_select(0, step).squeeze(0))
        return loss

    def _backward(self, inputs: Tensor, targets: Tensor) -> Tensor:
        """The loss of a batch, (), detached; its gradients are in the network's parameters."""
        loss = self._loss(_logits(self._learner, inputs, self.precision), targets)
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss.detach()

    def _done(self, step: int) -> int:
        """The steps before this one of the epoch under way, since the training began."""
        return (self._epoch - 1) * len(self.batch_sizes) + step

    def _rate(self, step: int) -> float:
        """The learning rate of a step."""
        recipe = self._recipe
        if recipe.schedule == "constant":
            return recipe.learning_rate
        return one_cycle(self._done(step) / (len(self.batch_sizes) * recipe.epochs), recipe.learning_rate)

    def _weight(self, step: int) -> float:
        """What the network's weights count for in their average. The first are random: it forgets them sooner."""
        done = self._done(step)
        return 1 - min(self._recipe.ema_decay, (1 + done) / (10 + done))

    def _set_rate(self, rate: float | Tensor) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = rate

    def _loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """The mean cross-entropy, ()."""
        smoothing = self._recipe.label_smoothing
        if self._class_weights is None:
            return F.cross_entropy(logits, targets, label_smoothing=smoothing)
        return weighted_cross_entropy(logits, targets, self._class_weights, label_smoothing=smoothing)

    def _batch(self, step: int) -> tuple[Tensor, Tensor]:
        """Inputs (B, 3, 48, 48), and targets: (B,) classes, or (B, classes) probabilities where labels are mixed."""
        first, end = self._bounds[step], self._bounds[step + 1]
        part = self.ranks.rows(end - first, least=self._least)
        batch: slice | Tensor = slice(first, end)
        if part is not None and self._changes is None:
            batch = slice(first + part.start, first + part.stop)
        elif part is not None:
            # CutMix takes the image before, of which the first one of the batch has the last: one more is changed.
            mixed = torch.arange(part.start - 1, part.stop, device=self._order.device)
            batch = first + mixed % (end - first)
        inputs, targets = self._select(batch)
        return (inputs, targets) if part is None or self._changes is None else (inputs[1:], targets[1:])

    def _select(self, batch: slice | Tensor) -> tuple[Tensor, Tensor]:
        """Inputs and targets of the images at these places of the epoch's order."""
        rows = self._order[batch]
        images, labels = self._train.images[rows], self._train.labels[rows]
        if self._changes is None:
            return to_input(images), labels
        changes = self._changes[batch]
        return cut_mix(augment(images, changes), self._one_hot[labels], changes)

    def validate(self) -> dict[str, float]:
        """Mean cross-entropy and accuracy on the validation images."""
        loss, accuracy = self.measure(self._validation)
        return {"validation_loss": loss, "validation_accuracy": accuracy}

    def measure(self, split: Split) -> tuple[float, float]:
        """Mean cross-entropy, in nats, and accuracy, from 0 to 1, of the evaluated network on a split."""
        return loss_and_accuracy(self.evaluated, split, precision=self._evaluation_precision, ranks=self.ranks)

    def predict(self, split: Split) -> Tensor:
        """The likeliest class of each image by the evaluated network, (N,) int64."""
        parts = _evaluate(self.evaluated, split, self._evaluation_precision, self.ranks)
        ours = {index: logits.argmax(1).cpu() for index, logits, _ in parts}
        found = {index: classes for part in self.ranks.gather(ours) for index, classes in part.items()}
        return torch.cat([found[index] for index in range(len(found))]).to(split.labels.device)

    @property
    def _evaluation_precision(self) -> torch.dtype:
        return self.precision if self._recipe.evaluate_in_precision else torch.float32


def build_optimizer(model: nn.Module, recipe: Recipe, device: torch.device) -> torch.optim.Optimizer:
    """SGD with Nesterov's momentum, or AdamW."""
    fused = device.type in {"cpu", "cuda"}
    rate, decay = recipe.learning_rate, recipe.weight_decay
    if recipe.optimizer == "adamw":
        capturable = device.type == "cuda"
        return torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=decay, fused=fused, capturable=capturable)
    momentum, nesterov = recipe.momentum, recipe.momentum > 0
    return torch.optim.SGD(
        model.parameters(), lr=rate, momentum=momentum, weight_decay=decay, nesterov=nesterov, fused=fused
    )


def batch_bounds(count: int, batch_size: int) -> list[int]:
    """Where each batch of an epoch begins, and the end.

    A last batch of a single image joins the one before it: batch normalisation cannot learn from one.

    Example:
        >>> batch_bounds(17, 8)
        [0, 8, 17]
    """
    bounds = [*range(0, count, batch_size), count]
    if batch_size > 1 and len(bounds) > 2 and bounds[-1] - bounds[-2] == 1:
        del bounds[-2]
    return bounds


def loss_and_accuracy(
    model: nn.Module, split: Split, *, precision: torch.dtype = torch.float32, ranks: Ranks = ALONE
) -> tuple[float, float]:
    """Mean cross-entropy and accuracy of ``model``, which is left in evaluation mode, on ``split``.

    Ranks evaluate every so many batches each. The sums of the batches are exchanged, and added up in the order in
    which one process would: both are the same to the bit.
    """
    batches, device = -(-len(split) // EVALUATION_BATCH), split.labels.device
    losses = torch.zeros(batches, device=device)
    correct = torch.zeros(batches, dtype=torch.int64, device=device)
    for index, logits, labels in _evaluate(model, split, precision, ranks):
        losses[index] = F.cross_entropy(logits, labels, reduction="sum")
        correct[index] = (logits.argmax(1) == labels).sum()
    loss = torch.zeros((), device=device)
    for of_batch in ranks.sum_(losses):
        loss += of_batch
    return loss.item() / len(split), ranks.sum_(correct).sum().item() / len(split)


def _evaluate(
    model: nn.Module, split: Split, precision: torch.dtype, ranks: Ranks
) -> Iterator[tuple[int, Tensor, Tensor]]:
    """The number of a batch, its logits (B, classes) and its labels (B,), for each batch of this rank."""
    model.eval()
    for index in ranks.share(-(-len(split) // EVALUATION_BATCH)):
        batch = slice(index * EVALUATION_BATCH, (index + 1) * EVALUATION_BATCH)
        with torch.inference_mode():
            yield index, _logits(model, to_input(split.images[batch]), precision), split.labels[batch]


def _logits(model: nn.Module, inputs: Tensor, precision: torch.dtype) -> Tensor:
    """(B, 3, 48, 48) → (B, classes), computed in ``precision``; a lower one than float32 is made float32."""
    with torch.autocast(inputs.device.type, precision, enabled=precision != torch.float32):
        logits: Tensor = model(inputs)
    return logits if precision == torch.float32 else logits.float()
