"""Networks that classify landscapes: loaded or trained, and asked."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dlhw.api.arguments import OWN_NETWORK, as_path, as_text, checked_settings
from dlhw.api.rows import Rows
from dlhw.api.warning import warn
from dlhw.cnn import classifier as classifiers
from dlhw.cnn.checkpoints import measured_checkpoint
from dlhw.cnn.experiment import Source
from dlhw.cnn.own.network import own_network
from dlhw.cnn.prediction import predict
from dlhw.cnn.settings import Settings
from dlhw.cnn.sweep import Sweep
from dlhw.errors import CheckpointError, UsageError, check_flag
from dlhw.images.in_python import ImageLike, as_image_arguments
from dlhw.learning.device import DeviceName, configure, find_device
from dlhw.learning.packaged import reference
from dlhw.learning.resuming import asked_to_change
from dlhw.ocr.pretrained import NAMES as RECOGNIZERS


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

    def predict(self, images: ImageLike | Iterable[ImageLike]) -> Rows:
        """Name what images show.

        Args:
            images: one or several: paths of files or folders, patterns, images of Pillow, or uint8 arrays (H, W) or
                (H, W, 3), RGB.

        Returns:
            A dict an image: ``image``, ``label``, ``confidence``, ``top``; or ``image`` and ``error`` where it cannot
            be opened. ``image`` is the path, or ``image 0`` and so on, by place, of an image without one.

        Raises:
            UsageError: something is no image and no path.

        Example:
            >>> from PIL import Image
            >>> (row,) = load_classifier("landscapes", device="cpu").predict(Image.new("RGB", (48, 48), "navy"))
            >>> sorted(row)
            ['confidence', 'image', 'label', 'top']
        """
        found = predict(self.network, as_image_arguments(images))
        return Rows([one.as_document() for one in found], ("image", "label", "confidence", "error"))


def load_classifier(
    path: str | Path | None = None, *, module: str | None = None, device: DeviceName = "auto"
) -> Classifier:
    """Load a network that was trained on landscapes.

    Args:
        path: a file of weights, a run directory or a name of the package's (``landscapes``); ``None`` is the newest
            finished run under ``runs/``, or else the network of the package.
        module: ``FILE.py:NAME`` of the network that the weights are of, where it is one of your own; it is executed.
        device: where to compute.

    Raises:
        CheckpointError: there is none, or it is damaged.

    Example:
        >>> load_classifier("landscapes", device="cpu").class_names
        ('buildings', 'forest', 'glacier', 'mountain', 'sea', 'street')
    """
    own = own_network(None if module is None else as_text("module", module))
    given = None if path is None else as_path(path, "path")
    if given is not None and str(given) in RECOGNIZERS and not given.exists():
        raise CheckpointError(f"{given} reads words, and a network for landscapes was expected", "use load_recognizer")
    checkpoint = measured_checkpoint(given)
    network = classifiers.load_classifier(checkpoint, device=find_device(device), module=own)
    return Classifier(checkpoint=checkpoint, network=network)


def train(
    network: str | None = None,
    *,
    data: str | Path | None = None,
    out: str | Path | None = None,
    resume: bool = False,
    force: bool = False,
    device: DeviceName = "auto",
    threads: int | None = None,
    **settings: Any,
) -> Classifier:
    """Train one of the homework's networks on landscapes, as ``dlhw cnn train`` does, and print nothing.

    The run lies on disk, and ``resume`` here, or ``dlhw cnn train --resume --out DIR``, continues it where it ended.

    Args:
        network: ``flatten`` or ``gap``; ``None`` is ``gap``, or that of the run which is resumed.
        data: an archive or a folder of class folders; ``None`` draws landscapes.
        out: a new folder of the run; ``None`` is the next one under ``runs/``.
        resume: continue the run in ``out``, or the newest unfinished one, with its own settings, data and device; what
            is given again must be the same, but ``epochs`` may be more.
        force: start anew where ``out`` already holds a run.
        device: where to compute.
        threads: of PyTorch, in this process; ``None`` takes the cores that it may use.
        **settings: of :class:`dlhw.cnn.settings.Settings`: ``recipe``, ``learning_rates`` (one or several),
            ``epochs``, ``batch_size``, ``dropout``, ``seed``, ``seeds``, ``patience``, ``class_weights``; and
            ``module``, ``FILE.py:NAME`` of a network of your own in place of ``network``, whose file is executed.

    Returns:
        The best epoch of the trial that validation chose. Its ``result`` is the document of the training, as ``dlhw cnn
        train --json`` prints it.

    Raises:
        UsageError: a setting is unknown or out of range, or differs from that of the run which is resumed.
        DataError: the data cannot be used.
        RunError: ``out`` holds a run already, or none to resume.
        CheckpointError: every trial diverged.

    Example:
        With a folder ``photos`` that has a folder of images a class:

        >>> classifier = train("gap", data="photos", out="my-run", epochs=1, threads=1)
        >>> classifier.class_names, len(classifier.predict("photos/forest"))
        (('forest', 'sea'), 12)
    """
    started = time.perf_counter()
    given = checked_settings(settings)
    if network is not None:
        given["network"] = as_text("network", network, hint=OWN_NETWORK)
        if given.get("module") is not None:
            raise UsageError(
                "`network` is one of the homework's, and `module` one of your own in its place", "give one of the two"
            )
    if check_flag("resume", resume) and check_flag("force", force):
        raise UsageError("`resume` continues a run and `force` starts it anew", "give one of them")
    check_flag("force", force)
    source, folder = (None if one is None else as_path(one, name) for name, one in (("data", data), ("out", out)))
    default = {} if given.get("module") is not None else {"network": "gap"}
    new = None if resume else Settings.of_recipe(**{**default, **given})
    compute = configure(device, threads)
    request = Source(path=source)
    if new is None:
        opening = Sweep.resume(given, request, compute, changed=asked_to_change(device, threads), out=folder)
    else:
        opening = Sweep.start(new, request, compute, out=folder, force=force)
    with opening as sweep:
        warn((*sweep.data.remarks, *sweep.data.skipped))
        result = sweep.conclude(sweep.train(), seconds=time.perf_counter() - started)
        run, module = sweep.run.directory, sweep.settings.module
    checkpoint = measured_checkpoint(run)
    trained = classifiers.load_classifier(checkpoint, device=compute.device, module=module)
    return Classifier(checkpoint=checkpoint, network=trained, result=result)
