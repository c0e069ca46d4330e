"""Training the network of Question 3."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dlhw.learning.device import Compute, choose_precision
from dlhw.learning.exponential_moving_average import move_towards
from dlhw.learning.rate_schedules import one_cycle, stable_rate
from dlhw.learning.task import Monitor
from dlhw.ocr.alphabet import PAD, Alphabet
from dlhw.ocr.batches import Batch, EpochBatches, TrainingWords
from dlhw.ocr.data import Words
from dlhw.ocr.network import WordNetwork
from dlhw.ocr.recognizer import Recognizer, autocast, describe
from dlhw.ocr.scoring.scores import measure
from dlhw.ocr.settings import Settings
from dlhw.ocr.temperature import read_greedily


class WordTask:
    """A word network with its words, its optimizer and its schedule.

    Args:
        settings: the recipe.
        network: with its first weights.
        alphabet: what it learns to write.
        train: words to learn from.
        validation: words to choose the best epoch by.
        compute: where to train.
        words: what the words are, for the checkpoint's header.
    """

    monitor = Monitor(name="validation_cer", higher_is_better=False)

    def __init__(
        self,
        settings: Settings,
        network: WordNetwork,
        alphabet: Alphabet,
        train: TrainingWords,
        validation: Words,
        compute: Compute,
        *,
        words: Mapping[str, Any],
    ) -> None:
        self.ranks = compute.ranks
        self.ranks.check_batch(settings.batch_size, chosen=False)
        compute.synchronized(network)  # in its layers, before it is copied
        self.model: nn.Module = network.to(compute.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        averaged = copy.deepcopy(network).requires_grad_(False) if settings.average_decay else network
        self.evaluated: nn.Module = averaged
        self._learner = self.ranks.wrap(self.model)
        self.optimizer: torch.optim.Optimizer = torch.optim.AdamW(
            self.model.parameters(),
            lr=settings.learning_rate,
            weight_decay=settings.weight_decay,
            fused=compute.device.type in {"cpu", "cuda"},
        )
        self.architecture: Mapping[str, Any] = describe(network.architecture, alphabet, words)
        self._batches = EpochBatches(train, alphabet, batch_size=settings.batch_size, seed=settings.seed)
        self.batch_sizes = torch.tensor(self._batches.sizes, dtype=torch.float64)
        letters = torch.zeros_like(self.batch_sizes)  # which a batch has once it is made
        self.loss_sizes: Tensor | None = letters
        self._letters = letters
        self.notes: Mapping[str, Any] = {"temperature": 1.0}
        self._steps = len(self.batch_sizes)
        self._settings, self._epoch, self._device = settings, 0, compute.device
        precision = choose_precision(settings.precision, compute.device)
        self.recognizer = Recognizer(network=averaged, alphabet=alphabet, precision=precision)
        self._validation = validation

    def begin_epoch(self, epoch: int) -> None:
        """Go to the words of epoch ``epoch``, from 1."""
        self._epoch = epoch
        self._batches.begin(epoch)

    def train_step(self, step: int) -> Tensor:
        """One step of AdamW on batch ``step``; returns the mean cross-entropy of its letters and end marks, ().

        Every rank has the whole batch, padded the same way however many they are, and learns from its part.
        """
        made = self._batches[step]
        letters = int((made.targets != PAD).sum())
        self._letters[step] = letters
        rows = self.ranks.rows(len(made.widths))
        batch = (made if rows is None else Batch(*(each[rows.start : rows.stop] for each in made))).to(self._device)
        done = self._epoch - 1 + step / self._steps
        rate = self._rate(done)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        with autocast(self._device, self.recognizer.precision):
            logits = self._learner(batch.images, batch.widths, batch.inputs)  # (B, L, V)
        loss = self._loss(logits.float().flatten(0, 1), batch.targets.flatten(), letters, shared=rows is not None)
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.model.parameters(), self._settings.gradient_norm)  # of the mean over the ranks
        self.optimizer.step()
        self.ranks.average_buffers(self.model)
        if self.evaluated is not self.model:
            move_towards(self.evaluated, self.model, 1 - self._decay(step))
        return loss.detach()

    def _loss(self, logits: Tensor, targets: Tensor, letters: int, *, shared: bool) -> Tensor:
        """Mean cross-entropy of the letters, (); of a part, what has the batch's as its mean over the ranks.

        Args:
            logits: (B·L, V)
            targets: (B·L,)
            letters: in the whole batch. Parts have different numbers of them: a mean of means would be another.
            shared: whether these are a part.
        """
        if not shared:
            return F.cross_entropy(logits, targets, ignore_index=PAD)
        return F.cross_entropy(logits, targets, ignore_index=PAD, reduction="sum") * (self.ranks.size / letters)

    def _decay(self, step: int) -> float:
        """What a step leaves of the averaged weights."""
        before = (self._epoch - 1) * self._steps + step
        left = self._settings.epochs * self._steps - before - 1
        # Soon after the start the average reaches over the steps there are. At the end, where the rate falls and the
        # weights grow quiet by themselves, it reaches over a tenth of those left: more would bring the noise back.
        return min(self._settings.average_decay, (1 + before) / (10 + before), left / (left + 10))

    def _rate(self, done: float) -> float:
        """The learning rate after some epochs."""
        settings = self._settings
        if settings.schedule == "stable":
            return stable_rate(done, settings.epochs, settings.learning_rate)
        return one_cycle(done / settings.epochs, settings.learning_rate)

    def validate(self) -> dict[str, float]:
        """Character and word error rate on the validation words, read greedily.

        The temperature that fits these readings goes into the header of the weights: see :mod:`dlhw.ocr.temperature`.
        """
        found = read_greedily(self.recognizer, self._validation, ranks=self.ranks)
        errors = measure(self._validation.texts, [[text] for text in found.texts])
        if errors.cer is None or errors.wer is None:
            raise ValueError("there are no validation words")
        self.notes = {"temperature": found.temperature(self._validation.texts)}
        return {"validation_cer": errors.cer, "validation_wer": errors.wer}
