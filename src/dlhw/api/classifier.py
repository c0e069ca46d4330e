"""Networks that classify landscapes: loaded or trained, and asked."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dlhw.api.rows import Rows, as_names
from dlhw.cnn import classifier as classifiers
from dlhw.cnn.checkpoints import measured_checkpoint
from dlhw.cnn.experiment import Source
from dlhw.cnn.prediction import predict
from dlhw.cnn.settings import Settings
from dlhw.cnn.sweep import Sweep
from dlhw.images.arguments import find_images
from dlhw.learning.device import DeviceName, configure, find_device
from dlhw.learning.packaged import reference


@dataclass(frozen=True, kw_only=True)
class Classifier:
    """A trained network, which names what images show."""

    checkpoint: Path
    """The file of its weights."""

    network: classifiers.Classifier
    """With :meth:`~dlhw.cnn.classifier.Classifier.log_probabilities` of tensors."""

    result: dict[str, Any] | None = None
    """The document of the training, as ``dlhw cnn train --json`` prints it; ``None`` of a network that was loaded."""

    def __repr__(self) -> str:
        return f"Classifier({reference(self.checkpoint)!r}, {len(self.class_names)} classes)"

    @property
    def class_names(self) -> tuple[str, ...]:
        """Its classes."""
        return self.network.class_names

    def predict(self, paths: str | Path | Sequence[str | Path]) -> Rows:
        """Name what images show.

        Args:
            paths: files, folders or patterns.

        Returns:
            A dict an image: ``image``, ``label``, ``confidence``, ``top``; or ``image`` and ``error``.
        """
        found = predict(self.network, find_images(as_names(paths)))
        return Rows([one.as_document() for one in found], ("image", "label", "confidence", "error"))


def load_classifier(path: str | Path | None = None, *, device: DeviceName = "auto") -> Classifier:
    """Load a network that was trained on landscapes.

    Args:
        path: a file of weights, a run directory or a name of the package's (``landscapes``); ``None`` is the newest
            finished run under ``runs/``, or else the network of the package.
        device: where to compute.

    Raises:
        CheckpointError: there is none, or it is damaged.

    Example:
        >>> load_classifier("landscapes", device="cpu").class_names
        ('buildings', 'forest', 'glacier', 'mountain', 'sea', 'street')
    """
    checkpoint = measured_checkpoint(None if path is None else Path(path))
    network = classifiers.load_classifier(checkpoint, device=find_device(device))
    return Classifier(checkpoint=checkpoint, network=network)


def train(
    network: str = "gap",
    *,
    data: str | Path | None = None,
    out: str | Path | None = None,
    device: DeviceName = "auto",
    threads: int | None = None,
    **settings: Any,
) -> Classifier:
    """Train one of the homework's networks on landscapes, as ``dlhw cnn train`` does, without a word.

    The run lies on disk, and ``dlhw cnn train --resume --out DIR`` continues it where it was interrupted.

    Args:
        network: ``flatten`` or ``gap``.
        data: an archive or a folder of class folders; ``None`` draws landscapes.
        out: a new folder of the run; ``None`` is the next one under ``runs/``.
        device: where to compute.
        threads: of PyTorch, in this process; ``None`` takes the cores that it may use.
        **settings: of :class:`dlhw.cnn.settings.Settings`, such as ``recipe`` or ``seed``.

    Returns:
        The best epoch of the trial that validation chose, with the document of the training.

    Raises:
        UsageError: a setting is out of range.
        DataError: the data cannot be used.
        CheckpointError: every trial diverged.

    Example:
        With a folder ``photos`` that has a folder of images a class:

        >>> classifier = train("gap", data="photos", out="my-run", epochs=1, threads=1)
        >>> classifier.class_names, len(classifier.predict("photos/forest"))
        (('forest', 'sea'), 12)
    """
    started = time.perf_counter()
    compute = configure(device, threads)
    source, folder = (None if one is None else Path(one) for one in (data, out))
    with Sweep.start(
        Settings.of_recipe(network=network, **settings), Source(path=source), compute, out=folder
    ) as sweep:
        result = sweep.conclude(sweep.train(), seconds=time.perf_counter() - started)
        run = sweep.run.directory
    checkpoint = measured_checkpoint(run)
    trained = classifiers.load_classifier(checkpoint, device=compute.device)
    return Classifier(checkpoint=checkpoint, network=trained, result=result)
