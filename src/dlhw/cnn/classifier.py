"""A network that was trained, with all that is needed to name what images show."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from dlhw.cnn.architecture import ARCHITECTURES, NETWORK_NAMES
from dlhw.cnn.network import PREPROCESSING, LandscapeNetwork, to_input
from dlhw.cnn.own.network import KEPT, OwnNetwork
from dlhw.errors import CheckpointError, DataError
from dlhw.learning.checkpoint import filled, load_checkpoint
from dlhw.learning.parallel import ALONE, Ranks
from dlhw.learning.schemas import ClassifierHeader
from dlhw.learning.shares import in_order
from dlhw.learning.validation import check

IMAGES_AT_ONCE = 64
"""The maps of more take memory (256 images, 230 MB) and save no time."""


@dataclass(frozen=True, kw_only=True)
class Classifier:
    """Names what images show."""

    network: nn.Module
    """In evaluation mode."""

    name: str
    class_names: tuple[str, ...]

    @property
    def device(self) -> torch.device:
        return next(self.network.parameters()).device

    @property
    def landscape_network(self) -> LandscapeNetwork:
        """The network, where its layers must be known.

        Raises:
            DataError: it is the user's own.
        """
        if not isinstance(self.network, LandscapeNetwork):
            raise DataError(f"the layers of {self.name} are not known", "give one of the homework's networks")
        return self.network

    @property
    def parameters(self) -> int:
        return sum(parameter.numel() for parameter in self.network.parameters())

    @torch.inference_mode()
    def log_probabilities(self, images: Tensor, *, ranks: Ranks = ALONE) -> Tensor:
        """How likely each class is for each image.

        Args:
            images: (N, 48, 48, 3) uint8, RGB, on any device.
            ranks: who share the batches; all have the same images, and all get the result.

        Returns:
            (N, classes) natural logarithms, float64, on the CPU: float32 would round the surest to certain.
        """
        starts = range(0, len(images), IMAGES_AT_ONCE)
        logits = torch.empty(len(images), len(self.class_names), dtype=torch.float64)
        for place in ranks.share(len(starts)):
            batch = images[starts[place] : starts[place] + IMAGES_AT_ONCE].to(self.device)
            logits[starts[place] : starts[place] + len(batch)] = self.network(to_input(batch))
        if ranks.size > 1:
            own = [logits[starts[place] : starts[place] + IMAGES_AT_ONCE].numpy() for place in ranks.share(len(starts))]
            whole = in_order(ranks, own, len(starts))
            logits = torch.cat([torch.from_numpy(part) for part in whole]) if whole else logits
        return logits.log_softmax(1)


def load_classifier(path: Path, *, device: torch.device, module: OwnNetwork | None = None) -> Classifier:
    """Read the weights of a run of ``dlhw cnn train``.

    Args:
        path: a ``best.safetensors``.
        device: where to compute.
        module: the person's network that the weights are of; it is executed.

    Raises:
        CheckpointError: the file is missing, damaged, or not of a landscape network of this version; or it is of a
            person's network, and ``module`` is missing or another.
        TheirFault: an error within the person's file.
    """
    weights, header = load_checkpoint(path, kind="weights")
    described = header.get("architecture")
    named = isinstance(described, dict) and (described.get("network") in NETWORK_NAMES or "module" in described)
    if not isinstance(described, dict) or not named:
        if isinstance(described, dict) and "alphabet" in described:
            raise CheckpointError(
                f"{path} reads words, and a network for landscapes was expected",
                "load_recognizer loads it; give a checkpoint or a run of dlhw cnn train here",
            )
        raise CheckpointError(
            f"{path} is not a network of dlhw cnn train", "give a checkpoint or a run of dlhw cnn train"
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
        if "module" in described or module is not None:
            network = _own_network(path, described, module, weights)
        else:
            architecture = ARCHITECTURES[described["network"]]
            network = filled(
                lambda: architecture.build(classes=len(class_names), dropout=described["dropout"]), weights
            )
    except ValueError as error:
        raise CheckpointError(
            f"the weights in {path} do not fit the network that its header describes", "train it again"
        ) from error
    # channels_last is how the images lie in memory; pooling in the other layout takes twelve times as long.
    network.to(device, memory_format=torch.channels_last).eval()  # type: ignore[call-overload]
    return Classifier(network=network, name=described["network"], class_names=class_names)


def _own_network(
    path: Path, described: Mapping[str, Any], module: OwnNetwork | None, weights: Mapping[str, Tensor]
) -> nn.Module:
    """A person's network with its weights."""
    theirs = described.get("module")
    if theirs is None:
        raise CheckpointError(f"{path} is of the homework's network {described['network']}", "leave `module` out")
    if module is None:
        copy = path.parent.parent / KEPT
        where = f"{copy}:{theirs['expression']}" if copy.exists() else f"FILE.py:{theirs['expression']}"
        raise CheckpointError(
            f"{path} holds the weights of {described['network']}, whose code no checkpoint contains",
            f"name it with `module`, which is executed: {shlex.quote(where)}",
        )
    if (module.expression, module.sha256) != (theirs["expression"], theirs["sha256"]):
        raise CheckpointError(
            f"{path} was trained as {described['network']} (SHA-256 {theirs['sha256'][:12]}), and `module` is {module}",
            f"name the file as it was: a run keeps a copy, {KEPT}",
        )
    network = module.build(classes=len(described["classes"]), dropout=0)
    with module.in_charge("loading the weights into"):
        try:
            network.load_state_dict(dict(weights))
        except RuntimeError as error:
            raise ValueError(str(error)) from error
    return network
