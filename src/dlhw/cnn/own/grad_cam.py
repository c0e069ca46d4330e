"""Grad-CAM of a person's network, whose layers are not known: on the last convolution that its forward pass reaches.

The equations are those of :mod:`dlhw.cnn.grad_cam`. Aᵏ are here the outputs of the ``nn.Conv2d`` itself, since what a
person's code does to them afterwards, perhaps in ``forward``, cannot be seen from outside.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from dlhw.cnn.grad_cam import ClassMaps
from dlhw.cnn.network import to_input
from dlhw.errors import DataError

IMAGES_AT_ONCE = 16
"""A person's network may be large, and a pass with gradients keeps all that is behind its last convolution."""

HINT = "Grad-CAM needs an nn.Conv2d whose maps have more than one place, and from which the scores follow"


def own_grad_cam(network: nn.Module, images: Tensor, classes: Tensor) -> ClassMaps:
    """Where a network, which is in evaluation mode, sees a class.

    Args:
        network: (B, 3, 48, 48) floats in [0, 1] → (B, classes) scores.
        images: (N, 48, 48, 3) uint8, RGB.
        classes: (N,), the place of the class that is asked about, for each image.

    Returns:
        Maps (N, H, W) and weights (N, K) for the K maps of H×W places that the last convolution has.

    Raises:
        DataError: the network has no convolution, or its scores do not depend on it.
    """
    device = next(network.parameters()).device
    batches = [slice(start, start + IMAGES_AT_ONCE) for start in range(0, len(images), IMAGES_AT_ONCE)]
    parts = [_of_batch(network, to_input(images[some].to(device)), classes[some].to(device)) for some in batches]
    return ClassMaps(maps=torch.cat([part.maps for part in parts]), weights=torch.cat([part.weights for part in parts]))


def _of_batch(network: nn.Module, inputs: Tensor, classes: Tensor) -> ClassMaps:
    with _last_maps(network, len(inputs)) as reached, torch.enable_grad():
        scores = network(inputs)  # (B, classes)
    if not reached:
        raise DataError(f"{type(network).__name__} has no convolution to look at", HINT)
    maps = reached[-1]  # A: (B, K, H, W)
    gradient = None
    if scores.requires_grad:
        asked = scores.gather(1, classes[:, None]).sum()
        (gradient,) = torch.autograd.grad(asked, maps, allow_unused=True)  # (B, K, H, W)
    if gradient is None:
        raise DataError(f"the scores of {type(network).__name__} do not depend on its last convolution", HINT)
    weights = gradient.mean((2, 3))  # (B, K)
    heat = torch.einsum("nk,nkij->nij", weights, maps.detach()).relu()  # (B, H, W)
    return ClassMaps(maps=heat.cpu(), weights=weights.cpu())


@contextmanager
def _last_maps(network: nn.Module, count: int) -> Iterator[list[Tensor]]:
    """Within this context, what the convolution that was reached last gave; nothing where none was.

    A network may use a layer several times, and layers in another order than that in which it has them.
    """
    reached: list[Tensor] = []

    def keep(_module: nn.Module, _inputs: Any, output: Tensor) -> Tensor | None:
        if output.ndim != 4 or len(output) != count or output.shape[2:].numel() == 1:
            return None  # a single place says nothing about where
        reached[:] = [output.detach().requires_grad_()]
        return reached[0].clone()  # which the network may change in place

    handles = [layer.register_forward_hook(keep) for layer in network.modules() if isinstance(layer, nn.Conv2d)]
    try:
        yield reached
    finally:
        for handle in handles:
            handle.remove()
