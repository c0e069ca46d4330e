"""An exponential moving average of a network's weights, which varies less than the weights themselves."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn


def update_average(average: nn.Module, model: nn.Module, *, decay: float) -> None:
    """Move an average of weights, and of the averages in batch normalisation, towards ``model``.

    average ← decay · average + (1 − decay) · model; counters are copied.
    """
    move_towards(average, model, 1 - decay)


@torch.no_grad()
def move_towards(average: nn.Module, model: nn.Module, weight: float | Tensor) -> None:
    """The same, with the model's ``weight``, 1 − decay; it may be a tensor, ()."""
    pairs = list(zip(_tensors(average), _tensors(model), strict=True))
    floats = [(ours, theirs) for ours, theirs in pairs if ours.is_floating_point()]
    weights = weight if isinstance(weight, float) else [weight] * len(floats)
    torch._foreach_lerp_([ours for ours, _ in floats], [theirs for _, theirs in floats], weights)
    for ours, theirs in pairs:
        if not ours.is_floating_point():
            ours.copy_(theirs)


def _tensors(module: nn.Module) -> Iterator[Tensor]:
    """Its weights and buffers. They are called for at every step, and ``state_dict`` makes names for them all."""
    yield from module.parameters()
    yield from module.buffers()
