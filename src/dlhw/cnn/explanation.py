"""What a trained network looks at: Grad-CAM, filters, feature maps, and its most confident mistakes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dlhw.cnn.classifier import Classifier
from dlhw.cnn.data import Split
from dlhw.cnn.evaluation import Evaluation
from dlhw.cnn.grad_cam import grad_cam
from dlhw.cnn.network import ConvolutionBlock, LandscapeNetwork, to_input
from dlhw.cnn.own.grad_cam import own_grad_cam
from dlhw.cnn.prediction import ranking

EXAMPLES = 4
"""Test images of each class."""

EXPLAINED = 2
"""Classes whose places are shown for each image: the likeliest and the next."""

MISTAKES = 24
"""On the sheet."""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """An image to be explained."""

    name: str
    image: NDArray[np.uint8]
    """(48, 48, 3), RGB: as the network sees it."""

    label: str | None = None
    """What it shows, where that is known."""


@dataclass(frozen=True, kw_only=True)
class ClassEvidence:
    """Which places of an image speak for one class."""

    label: str
    probability: float
    heat: NDArray[np.float32]
    """(48, 48), from 0 to 1; all zero where nothing in the image speaks for the class."""

    def as_document(self) -> dict[str, Any]:
        """Where the heat is highest, in pixels from the upper left, and the share of the image at half of it."""
        if not self.heat.any():
            return {"label": self.label, "probability": self.probability, "peak": None, "area": 0.0}
        y, x = np.unravel_index(self.heat.argmax(), self.heat.shape)
        area = float((self.heat >= 0.5).mean())
        peak = {"x": int(x), "y": int(y)}
        return {"label": self.label, "probability": self.probability, "peak": peak, "area": round(area, 4)}


@dataclass(frozen=True, kw_only=True)
class Explained:
    """An image with the evidence for its likeliest classes."""

    shown: Shown
    evidence: tuple[ClassEvidence, ...]
    """The likeliest class first."""

    @property
    def label(self) -> str:
        return self.evidence[0].label

    def as_document(self) -> dict[str, Any]:
        """An entry in ``images`` of the document of ``dlhw cnn explain``."""
        return {
            "image": self.shown.name,
            "shows": self.shown.label,
            "label": self.label,
            "confidence": self.evidence[0].probability,
            "evidence": [one.as_document() for one in self.evidence],
        }


@dataclass(frozen=True, kw_only=True)
class FeatureMaps:
    """What the first and the last block make of one image, after ReLU and pooling."""

    shown: Shown
    first: NDArray[np.float32]
    """(32, 24, 24)"""

    last: NDArray[np.float32]
    """(128, 6, 6)"""

    def as_document(self) -> dict[str, Any]:
        """``feature_maps`` of the document of ``dlhw cnn explain``; silent maps are zero everywhere."""
        blocks = {"first": self.first, "last": self.last}
        described = {
            name: {"shape": list(maps.shape), "silent": int((maps.max((1, 2)) == 0).sum())}
            for name, maps in blocks.items()
        }
        return {"image": self.shown.name, **described}


def examples_of_each_class(split: Split, class_names: Sequence[str], *, each: int = EXAMPLES) -> list[Shown]:
    """The first images of each class, class by class; fewer where there are fewer."""
    labels = split.labels.tolist()
    chosen = [
        place
        for label in range(len(class_names))
        for place in [place for place, its in enumerate(labels) if its == label][:each]
    ]
    return [image_of(split, class_names, place) for place in chosen]


def image_of(split: Split, class_names: Sequence[str], place: int) -> Shown:
    """A labelled image, called by its place."""
    label = class_names[int(split.labels[place])]
    return Shown(name=f"image {place}", image=split.images[place].cpu().numpy(), label=label)


def explain(classifier: Classifier, images: Sequence[Shown]) -> list[Explained]:
    """Find the places of each image that speak for its likeliest classes.

    Raises:
        DataError: a person's network has no convolution to look at.
    """
    if not images:
        return []
    stacked = torch.from_numpy(np.stack([shown.image for shown in images]))  # (N, 48, 48, 3)
    ranked = ranking(classifier, stacked, top=EXPLAINED)
    network, heats = classifier.network, []
    for rank in range(len(ranked[0])):
        places = torch.tensor([classifier.class_names.index(row[rank][0]) for row in ranked])
        if isinstance(network, LandscapeNetwork):
            found = grad_cam(network, stacked, places)
        else:
            found = own_grad_cam(network, stacked, places)
        heats.append(found.enlarged().numpy())
    return [
        Explained(
            shown=shown,
            evidence=tuple(
                ClassEvidence(label=label, probability=probability, heat=heats[rank][index])
                for rank, (label, probability) in enumerate(ranked[index])
            ),
        )
        for index, shown in enumerate(images)
    ]


def first_filters(network: LandscapeNetwork) -> NDArray[np.float32]:
    """The weights of the first convolution, (32, 3, 3, 3): filter, height, width, RGB."""
    first = network.blocks[0]
    assert isinstance(first, ConvolutionBlock)
    return np.asarray(first.convolution.weight.detach().cpu().permute(0, 2, 3, 1).numpy())


@torch.no_grad()
def feature_maps(classifier: Classifier, shown: Shown) -> FeatureMaps:
    """What the first and the last block of a network make of an image."""
    x: Tensor = to_input(torch.tensor(shown.image)[None].to(classifier.device))  # (1, 3, 48, 48)
    outputs = []
    for block in classifier.landscape_network.blocks:
        x = block(x)
        outputs.append(x[0].cpu().numpy())
    return FeatureMaps(shown=shown, first=outputs[0], last=outputs[-1])


def describe_mistakes(evaluation: Evaluation, *, at_most: int = MISTAKES) -> dict[str, Any]:
    """``mistakes`` of the document of ``dlhw cnn explain``: how many there are, and those with the most confidence."""
    names, mistakes = evaluation.class_names, evaluation.mistakes
    worst = [
        {
            "image": f"image {place}",
            "shows": names[evaluation.labels[place]],
            "label": names[evaluation.predicted[place]],
            "confidence": float(evaluation.confidences[place]),
        }
        for place in mistakes[:at_most].tolist()
    ]
    return {"count": len(mistakes), "images": len(evaluation.labels), "worst": worst}
