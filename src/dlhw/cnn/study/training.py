"""Training one variant of the study with one seed."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dlhw.cnn.data import Landscapes, Split
from dlhw.cnn.network import PREPROCESSING, LandscapeNetwork, to_input
from dlhw.cnn.study.settings import Settings
from dlhw.cnn.study.variants import VARIANTS
from dlhw.cnn.training import EVALUATION_BATCH, batch_bounds
from dlhw.errors import DivergedError
from dlhw.learning.device import Compute, choose_precision
from dlhw.learning.events import Observer
from dlhw.learning.loop import fit, resume_state
from dlhw.learning.member import Member
from dlhw.learning.one_cycle import one_cycle
from dlhw.learning.random_streams import epoch_order
from dlhw.learning.task import Monitor

WEIGHT_DECAY = 0.01


class VariantTask:
    """A variant with its pictures on the device, its optimizer and its order of batches.

    Args:
        settings: the recipe.
        variant: a name out of ``VARIANTS``.
        seed: of weights, order and dropout.
        data: the pictures; ``train`` and ``validation`` are used.
        compute: where to train.
    """

    monitor = Monitor(name="validation_accuracy", higher_is_better=True)

    def __init__(self, settings: Settings, variant: str, seed: int, data: Landscapes, compute: Compute) -> None:
        torch.manual_seed(seed)
        classes = len(data.class_names)
        network = LandscapeNetwork(VARIANTS[variant].architecture, classes=classes, dropout=settings.dropout)
        self.model: nn.Module = network.to(compute.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.evaluated: nn.Module = self.model
        self.optimizer: torch.optim.Optimizer = torch.optim.AdamW(
            self.model.parameters(),
            lr=settings.learning_rate,
            weight_decay=WEIGHT_DECAY,
            fused=compute.device.type in {"cpu", "cuda"},
        )
        self.architecture: Mapping[str, Any] = {
            "network": variant,
            "classes": list(data.class_names),
            "dropout": settings.dropout,
            "preprocessing": PREPROCESSING,
        }
        self._settings, self._seed, self._epoch = settings, seed, 0
        self._train, self._validation = data.train.to(compute.device), data.validation.to(compute.device)
        self._bounds = batch_bounds(len(data.train), settings.batch_size)
        self.batch_sizes = torch.tensor(self._bounds, dtype=torch.float64).diff()
        self.loss_sizes: Tensor | None = None
        self.notes: Mapping[str, Any] = {}
        self._order = torch.arange(len(data.train), device=compute.device)
        self._precision = choose_precision(settings.precision, compute.device)

    def begin_epoch(self, epoch: int) -> None:
        """Shuffle the pictures; the order is the same for every variant."""
        self._epoch = epoch
        self._order = epoch_order(len(self._train), self._seed, epoch).to(self._train.labels.device)

    def train_step(self, step: int) -> Tensor:
        """One step of AdamW on batch ``step``; returns its mean cross-entropy, ()."""
        rows = self._order[self._bounds[step] : self._bounds[step + 1]]
        done = (self._epoch - 1 + step / len(self.batch_sizes)) / self._settings.epochs
        for group in self.optimizer.param_groups:
            group["lr"] = one_cycle(done, self._settings.learning_rate)
        loss = F.cross_entropy(self.logits(self._train.images[rows]), self._train.labels[rows])
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        return loss.detach()

    def logits(self, pictures: Tensor) -> Tensor:
        """(B, 48, 48, 3) uint8 → (B, classes) float32"""
        enabled = self._precision != torch.float32
        with torch.autocast(pictures.device.type, dtype=self._precision, enabled=enabled):
            return self.model(to_input(pictures)).float()  # type: ignore[no-any-return]

    def validate(self) -> dict[str, float]:
        """Mean cross-entropy and accuracy on the validation pictures."""
        logits, labels = self.look_at(self._validation), self._validation.labels
        return {
            "validation_loss": F.cross_entropy(logits, labels).item(),
            "validation_accuracy": (logits.argmax(1) == labels).float().mean().item(),
        }

    @torch.inference_mode()
    def look_at(self, split: Split) -> Tensor:
        """(N, classes) logits; the model is left in evaluation mode."""
        self.model.eval()
        firsts = range(0, len(split), EVALUATION_BATCH)
        return torch.cat([self.logits(split.images[first : first + EVALUATION_BATCH]) for first in firsts])


@dataclass(frozen=True, kw_only=True)
class StudyJob:
    """One training of the study; see :class:`dlhw.learning.side_by_side.Job`."""

    settings: Settings
    variant: str
    seed: int
    data: Landscapes

    @property
    def name(self) -> str:
        return f"{self.variant}-seed{self.seed}"

    @property
    def label(self) -> str:
        return self.variant if self.settings.seeds == 1 else f"{self.variant}, seed {self.seed}"

    @property
    def epochs(self) -> int:
        return self.settings.epochs

    def train(
        self, member: Member, compute: Compute, observer: Observer, should_stop: Callable[[], int]
    ) -> dict[str, Any]:
        """Train the variant to the last epoch, and measure it on the test pictures, once.

        Returns:
            Figures of the last epoch, and which test pictures were ``mistaken``.
        """
        task = VariantTask(self.settings, self.variant, self.seed, self.data, compute)
        state = resume_state(task, member)
        observer.member_started(self.label, state.rows)
        outcome: dict[str, Any] = {"variant": self.variant, "seed": self.seed, "epochs": self.epochs}
        on_step = partial(observer.step, self.label)
        try:
            for result in fit(task, member, state, epochs=self.epochs, on_step=on_step, should_stop=should_stop):
                observer.epoch(self.label, result)
        except DivergedError as error:
            nothing = dict.fromkeys(("train_loss", "validation_accuracy", "test_accuracy", "mistaken"))
            return {**outcome, "status": "diverged", "reason": error.message, **nothing, "images_per_second": None}
        test = self.data.test.to(compute.device)
        mistaken = (task.look_at(test).argmax(1) != test.labels).nonzero()[:, 0].tolist()
        seconds = math.fsum(row["seconds"] for row in state.rows)
        return {
            **outcome,
            "status": "finished",
            "train_loss": state.rows[-1]["train_loss"],
            "validation_accuracy": state.rows[-1]["validation_accuracy"],
            "test_accuracy": 1 - len(mistaken) / len(test),
            "mistaken": mistaken,
            "images_per_second": len(self.data.train) * len(state.rows) / seconds,
        }
