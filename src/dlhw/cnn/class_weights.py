"""Class weights: in the training loss, an image of a rare class counts for more.

Balanced weights are, as in scikit-learn and after King and Zeng (Logistic Regression in Rare Events Data, Political
Analysis 2001), w_c = N / (K N_c) for N images of K classes, of which N_c show class c. Every class then has the same
part in the loss, and the mean over the training images is 1, so that a learning rate means what it means without.
"""

from __future__ import annotations

from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

WeightsName = Literal["balanced"]


def balanced(labels: Tensor, classes: int) -> Tensor:
    """The weight of each class, inverse to its number of images.

    Args:
        labels: (N,) int64, of the training images.
        classes: how many there are.

    Returns:
        (classes,) float32, on the device of the labels. A class without images has 0, and K counts the others.

    Example:
        >>> balanced(torch.tensor([0, 0, 0, 1]), classes=2)
        tensor([0.6667, 2.0000])
    """
    counts = torch.bincount(labels, minlength=classes).double()
    weights = len(labels) / ((counts > 0).sum() * counts)
    return torch.where(counts > 0, weights, 0.0).float()


def weighted_cross_entropy(logits: Tensor, targets: Tensor, weights: Tensor, *, label_smoothing: float) -> Tensor:
    """The mean over the images of w_c times the cross-entropy with c, smoothed as without weights.

    Divided by the number of images, and not by the sum of their weights as in ``torch.nn.CrossEntropyLoss``: that sum
    is another one in every batch, so a rare class that comes alone would count for no more than any other.

    Args:
        logits: (B, classes).
        targets: (B,) int64 classes, or (B, classes) float32 shares of an image that is mixed of several.
        weights: (classes,), above 0 for each class among the targets.
        label_smoothing: see :attr:`dlhw.cnn.recipe.Recipe.label_smoothing`.

    Returns:
        The loss, ().
    """
    if targets.ndim == 1:
        of_images = weights[targets]  # (B,)
    else:
        # The loss of a mixture is the mixture of the losses: its classes' shares, each times its weight.
        targets = targets * weights
        of_images = targets.sum(1)
        targets = targets / of_images[:, None]
    losses = F.cross_entropy(logits, targets, label_smoothing=label_smoothing, reduction="none")  # (B,)
    return (of_images * losses).mean()
