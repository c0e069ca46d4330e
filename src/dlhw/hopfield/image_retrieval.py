"""Images as patterns: of equal norm, corrupted, and retrieved.

Raw images have very different norms, and the brightest attracts the others. With their mean grey taken out and
their norms made equal, all of them come back.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dlhw.hopfield.cccp import retrieve
from dlhw.hopfield.energy import Energy
from dlhw.hopfield.majority import owners

Images = NDArray[np.uint8]
STORED, SHOWN, BETA = 24, 6, 40.0
"""Of the gallery that is drawn: landscapes in the memory, how many of them are asked for, and β."""

CONTRAST = 0.25
"""The standard deviation of a stored image's values from mid-grey, of a range of one."""


@dataclass(frozen=True)
class Retrieval:
    """Images that were stored, what was asked with, and what came back; each (n, H, W, 3).

    Args:
        stored: the images as the memory holds them.
        corrupted: the queries.
        retrieved: the states where the iteration ended.
        weights: of the right pattern at the end, (n,).
        came_back: the iteration ended, and at the right pattern.
        updates: of each query.
        label: what was done to the images.
    """

    stored: Images
    corrupted: Images
    retrieved: Images
    weights: list[float]
    came_back: list[bool]
    updates: list[int]
    label: str


def retrieve_images(images: Images, *, seed: int, shown: int = SHOWN, beta: float = BETA) -> list[Retrieval]:
    """Store images, corrupt the first few in two ways, and retrieve them.

    Args:
        images: (N, H, W, 3).
        seed: of the noise.
        shown: how many of them to ask for.
        beta: β for patterns of norm one.
    """
    flat = torch.from_numpy(images.reshape(len(images), -1)).double() / 255
    centred = flat - flat.mean(dim=1, keepdim=True)
    X = torch.nn.functional.normalize(centred, dim=1)
    energy = Energy(X, beta)
    generator = torch.Generator().manual_seed(seed)
    half = X[:shown].view(shown, *images.shape[1:]).clone()
    half[:, images.shape[1] // 2 :] = 0
    noise = torch.randn(shown, X.shape[1], generator=generator, dtype=X.dtype) / math.sqrt(X.shape[1])
    results = []
    for label, queries in (
        ("lower half masked", half.view(shown, -1)),
        ("noise three times as strong as the image", X[:shown] + 3 * noise),
    ):
        trajectory = retrieve(energy, queries)
        p = energy.weights(trajectory.states)
        ends = zip(trajectory.statuses, owners(p).tolist(), strict=True)
        results.append(
            Retrieval(
                stored=_developed(X[:shown], images.shape),
                corrupted=_developed(queries, images.shape),
                retrieved=_developed(trajectory.states, images.shape),
                weights=p.diagonal().tolist(),
                came_back=[how == "converged" and end == index for index, (how, end) in enumerate(ends)],
                updates=trajectory.iterations.tolist(),
                label=label,
            )
        )
    return results


def count_retrieved(retrieved: Sequence[Retrieval]) -> dict[str, int]:
    """How many corrupted images were ``asked`` for, and how many ``came_back``."""
    came_back = [came for one in retrieved for came in one.came_back]
    return {"asked": len(came_back), "came_back": sum(came_back)}


def _developed(states: Tensor, shape: tuple[int, ...]) -> Images:
    """Patterns of norm one as images around mid-grey."""
    values = 0.5 + CONTRAST * math.sqrt(states.shape[1]) * states
    developed: Images = (values.clamp(0, 1) * 255).round().to(torch.uint8).numpy().reshape(-1, *shape[1:])
    return developed
