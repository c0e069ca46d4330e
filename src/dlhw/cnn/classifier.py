"""A network that was trained, with all that is needed to name what images show."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import torch
from torch import Tensor

from dlhw.cnn.network import PREPROCESSING, LandscapeNetwork, NetworkName, to_input
from dlhw.errors import CheckpointError
from dlhw.learning.checkpoint import filled, load_checkpoint
from dlhw.learning.schemas import ClassifierHeader
from dlhw.learning.validation import check

IMAGES_AT_ONCE = 64
"""The maps of more take memory (256 images, 230 MB) and save no time."""


@dataclass(frozen=True, kw_only=True)
class Classifier:
    """Names what images show."""

    network: LandscapeNetwork
    """In evaluation mode."""

    name: NetworkName
    class_names: tuple[str, ...]

    @property
    def device(self) -> torch.device:
        return next(self.network.parameters()).device

    @property
    def parameters(self) -> int:
        return sum(parameter.numel() for parameter in self.network.parameters())

    @torch.inference_mode()
    def log_probabilities(self, images: Tensor) -> Tensor:
        """How likely each class is for each image.

        Args:
            images: (N, 48, 48, 3) uint8, RGB, on any device.

        Returns:
            (N, classes) natural logarithms, float64, on the CPU: float32 would round the surest to certain.
        """
        logits = torch.empty(len(images), len(self.class_names), dtype=torch.float64)
        for first in range(0, len(images), IMAGES_AT_ONCE):
            batch = images[first : first + IMAGES_AT_ONCE].to(self.device)
            logits[first : first + len(batch)] = self.network(to_input(batch))
        return logits.log_softmax(1)


def load_classifier(path: Path, *, device: torch.device) -> Classifier:
    """Read the weights of a run of ``dlhw cnn train``.

    Args:
        path: a ``best.safetensors``.
        device: where to compute.

    Raises:
        CheckpointError: the file is missing, damaged, or not of a landscape network of this version.
    """
    weights, header = load_checkpoint(path, kind="weights")
    described = header.get("architecture")
    if not isinstance(described, dict) or described.get("network") not in get_args(NetworkName):
        reads = isinstance(described, dict) and "alphabet" in described
        raise CheckpointError(
            f"{path} "
            + (
                "reads words, and a network for landscapes was expected" if reads else "is no network of dlhw cnn train"
            ),
            "give a checkpoint or a run of dlhw cnn train",
        )
    if described.get("preprocessing") != PREPROCESSING:
        raise CheckpointError(
            f"{path} was trained on images prepared in another way: {described.get('preprocessing')}; "
            f"this version has: {PREPROCESSING}",
            "use the version of dlhw that trained it, or train it again",
        )
    try:
        check(described, ClassifierHeader)
        class_names = tuple(described["classes"])

        def made() -> LandscapeNetwork:
            return LandscapeNetwork(described["network"], classes=len(class_names), dropout=described["dropout"])

        network = filled(made, weights)
    except ValueError as error:
        raise CheckpointError(
            f"the weights in {path} do not fit the network that its header describes", "train it again"
        ) from error
    # channels_last is how the images lie in memory; pooling in the other layout takes twelve times as long.
    network.to(device, memory_format=torch.channels_last).eval()  # type: ignore[call-overload]
    return Classifier(network=network, name=described["network"], class_names=class_names)
