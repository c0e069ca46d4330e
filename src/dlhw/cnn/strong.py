"""The recipe ``strong``: the homework's networks, not a parameter more, trained as well as is known.

Augmentation, CutMix, momentum with weight decay on a one-cycle schedule, label smoothing, no dropout, larger batches,
averaged weights, and convolutions in bfloat16 where the hardware multiplies it. What each of them brings, and what was
tried and left out, is in ``docs/question2.md``.
"""

from __future__ import annotations

import copy

import torch
import torch.nn.functional as F
from torch import Tensor

from dlhw.cnn.augmentation import Changes, augment
from dlhw.cnn.data import Landscapes
from dlhw.cnn.mixing import cut_mix
from dlhw.cnn.recipe import WHOLE, Recipe
from dlhw.cnn.settings import Settings
from dlhw.cnn.training import LandscapeTask
from dlhw.learning.averaging import follow
from dlhw.learning.device import Compute, choose_precision
from dlhw.learning.one_cycle import one_cycle
from dlhw.learning.random_streams import torch_generator


class StrongTask(LandscapeTask):
    """A landscape network that is trained by the recipe ``strong``. Its averaged weights are what counts.

    Args:
        settings: epochs, batch size and seed.
        learning_rate: the highest of the cycle.
        data: the pictures; ``train`` and ``validation`` are used.
        compute: where to train.
        recipe: all other numbers.
    """

    def __init__(
        self,
        settings: Settings,
        learning_rate: float,
        data: Landscapes,
        compute: Compute,
        recipe: Recipe = WHOLE,
    ) -> None:
        super().__init__(settings, learning_rate, data, compute)
        self.optimizer = torch.optim.SGD(
            self.model.parameters(),
            lr=learning_rate,
            momentum=recipe.momentum,
            weight_decay=recipe.weight_decay,
            nesterov=recipe.momentum > 0,
            fused=compute.device.type in {"cpu", "cuda"},
        )
        self.evaluated = copy.deepcopy(self.model).requires_grad_(False)
        self.precision = choose_precision(recipe.precision, compute.device)
        self._recipe, self._highest, self._classes = recipe, learning_rate, len(data.class_names)
        self._epoch, self._epochs = 0, settings.epochs
        self._changes = Changes.draw(0, recipe, torch.Generator())

    def begin_epoch(self, epoch: int) -> None:
        """Shuffle the pictures, and draw how each of them will differ this time."""
        super().begin_epoch(epoch)
        self._epoch = epoch
        generator = torch_generator(self._seed, "augmentation", epoch)
        self._changes = Changes.draw(len(self._train), self._recipe, generator).to(self._train.labels.device)

    def train_step(self, step: int) -> Tensor:
        """One step on batch ``step``; returns its mean cross-entropy with the mixed and smoothed targets, ()."""
        steps = len(self.batch_sizes)
        done = (self._epoch - 1) * steps + step
        if self._recipe.one_cycle:
            for group in self.optimizer.param_groups:
                group["lr"] = one_cycle(done / (steps * self._epochs), self._highest)
        batch = slice(self._bounds[step], self._bounds[step + 1])
        rows = self._order[batch]
        changes = self._changes[batch]
        targets = F.one_hot(self._train.labels[rows], self._classes).float()
        pictures, targets = cut_mix(augment(self._train.images[rows], changes), targets, changes)
        with torch.autocast(pictures.device.type, self.precision, enabled=self.precision != torch.float32):
            logits = self.model(pictures)  # (B, classes)
        loss = F.cross_entropy(logits.float(), targets, label_smoothing=self._recipe.label_smoothing)
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        # The first weights are random: the average forgets them sooner.
        follow(self.evaluated, self.model, decay=min(self._recipe.average_decay, (1 + done) / (10 + done)))
        return loss.detach()
