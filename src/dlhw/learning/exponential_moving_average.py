"""An exponential moving average of a network's weights, which varies less than the weights themselves."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn


@torch.no_grad()
def move_towards(average: nn.Module, model: nn.Module, weight: float | Tensor) -> None:
    """Move an average of weights, and of the averages in batch normalisation, towards ``model``.

    average ← (1 − weight) · average + weight · model; counters are copied.

    Args:
        average: of the same layers as ``model``; changed in place.
        model: the network of this step.
        weight: 1 − decay, from 0 to 1; it may be a tensor, ().
    """
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
