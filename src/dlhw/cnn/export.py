"""A classifier as files that other programs run: images in, probabilities out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from dlhw import __version__
from dlhw.cnn.architecture import SIDE
from dlhw.cnn.classifier import Classifier
from dlhw.cnn.network import PREPROCESSING, to_input
from dlhw.learning.export import Exportable, Exported, Format, export


class ExportedClassifier(nn.Module):
    """(B, 48, 48, 3) uint8, RGB → probabilities of the classes (B, C)."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> Tensor:
        """The same preprocessing as in training, then the network and a softmax."""
        probabilities: Tensor = self.network(to_input(images)).softmax(1)
        return probabilities


def export_classifier(classifier: Classifier, folder: Path, formats: Sequence[Format]) -> list[Exported]:
    """Write the classifier in every format; raises as :func:`dlhw.learning.export.export` does.

    Args:
        classifier: on the CPU.
        folder: where the files go; it exists.
        formats: which.
    """
    noise = torch.randint(0, 256, (3, SIDE, SIDE, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    return export(
        Exportable(
            name=re.sub(r"[^\w.]+", "-", classifier.name).strip("-"),  # a person's network may be file.py:Network(6)
            module=ExportedClassifier(classifier.network).eval(),
            inputs=(noise,),
            input_names=("images",),
            output_names=("probabilities",),
            metadata=describe(classifier),
        ),
        folder,
        formats,
    )


def describe(classifier: Classifier) -> dict[str, Any]:
    """The file's metadata: all that classifying needs besides."""
    return {
        "dlhw": __version__,
        "kind": "image classifier",
        "network": classifier.name,
        "classes": list(classifier.class_names),
        "preprocessing": f"rotated as EXIF says, transparency on white, the middle square, {PREPROCESSING}",
        "input": {"height": SIDE, "width": SIDE, "channels": "RGB", "type": "uint8, 0 to 255"},
    }
