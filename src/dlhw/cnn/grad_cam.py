"""Grad-CAM: which places of an image speak for a class.

Selvaraju et al., Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization, ICCV 2017,
arXiv:1610.02391, equations 1 and 2. With Aᵏ the maps of the last convolution and yᶜ the score (logit) of class c::

    αᶜₖ = 1/(HW) Σᵢⱼ ∂yᶜ/∂Aᵏᵢⱼ          what map k is worth to class c
    Lᶜ  = ReLU(Σₖ αᶜₖ Aᵏ)               where the maps that are worth something are active

Aᵏ = ReLU(Zᵏ) are the maps after batch normalisation and ReLU, before pooling: 12×12 places of 4×4 pixels each. The
network pools Zᵏ before its ReLU. The largest of four ReLUs is the ReLU of the largest, so the score is also a function
of Aᵏ, and is differentiated as one. ∂y/∂Z would give other weights: it is zero wherever Zᵏ is below zero, so a map
would count for less, the fewer of its places are active. Where a pooling window is all zero, PyTorch assigns the
derivative of the maximum to its first place; the sum over the window, which is all that α needs, is the same for each.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from dlhw.cnn.architecture import SIDE
from dlhw.cnn.network import ConvolutionBlock, LandscapeNetwork, to_input


@dataclass(frozen=True, kw_only=True)
class ClassMaps:
    """Grad-CAM of N images, each for one class. The homework's networks have 128 maps of 12×12 places."""

    maps: Tensor
    """(N, H, W), not negative, in logits; all zero where nothing speaks for the class."""

    weights: Tensor
    """(N, K): αᶜₖ."""

    def enlarged(self) -> Tensor:
        """The maps at the size of the images, (N, 48, 48), each between 0 and 1, its largest value being 1."""
        large = F.interpolate(self.maps[:, None], size=SIDE, mode="bilinear", align_corners=False)[:, 0]
        return large / large.amax((1, 2), keepdim=True).clamp_min(torch.finfo(large.dtype).tiny)


def grad_cam(network: LandscapeNetwork, images: Tensor, classes: Tensor) -> ClassMaps:
    """Where a network, which is in evaluation mode, sees a class.

    Args:
        network: whose last convolution is looked at.
        images: (N, 48, 48, 3) uint8, RGB.
        classes: (N,), the place of the class that is asked about, for each image.
    """
    device = next(network.parameters()).device
    with torch.no_grad():
        active = last_maps(network, to_input(images.to(device)))  # A: (N, 128, 12, 12)
    active.requires_grad_()
    scores = scores_from_maps(network, active)  # (N, classes)
    # Images do not meet in evaluation mode: the gradient of the sum holds each image's own.
    asked = scores.gather(1, classes.to(device)[:, None]).sum()
    (gradient,) = torch.autograd.grad(asked, active)  # (N, 128, 12, 12)
    weights = gradient.mean((2, 3))  # (N, 128)
    maps = torch.einsum("nk,nkij->nij", weights, active.detach()).relu()  # (N, 12, 12)
    return ClassMaps(maps=maps.cpu(), weights=weights.cpu())


def last_maps(network: LandscapeNetwork, x: Tensor) -> Tensor:
    """A: the last convolution's maps after normalisation and ReLU, before pooling. (B, 3, 48, 48) → (B, 128, 12, 12)"""
    for block in network.blocks[:-1]:
        x = block(x)
    last = _last(network)
    x = last.convolution(last.further(x))
    return last.activation(x if last.normalization is None else last.normalization(x))  # type: ignore[no-any-return]


def scores_from_maps(network: LandscapeNetwork, maps: Tensor) -> Tensor:
    """The rest of the way, from A: (B, 128, 12, 12) → (B, classes) logits."""
    last = _last(network)
    x = last.dropout(last.averaging(last.pooling(maps)))  # (B, 128, 6, 6)
    x = network.flatten(network.pooling(x))
    return network.classifier(network.hidden(x))  # type: ignore[no-any-return]


def _last(network: LandscapeNetwork) -> ConvolutionBlock:
    last = network.blocks[-1]
    assert isinstance(last, ConvolutionBlock)
    return last
