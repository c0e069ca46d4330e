"""The landscape network of the package, and what it is made from."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from dlhw.cnn.classifier import load_classifier
from dlhw.cnn.data import DATA_SEED
from dlhw.cnn.experiment import Source
from dlhw.cnn.landscapes import CLASS_NAMES, draw_landscapes
from dlhw.cnn.pretrained import FOLDER, packing, pretrained
from dlhw.cnn.settings import Settings
from dlhw.cnn.sweep import Sweep
from dlhw.errors import CheckpointError
from dlhw.learning.device import Compute
from dlhw.learning.packaged import CHECKSUMS


def test_it_tells_landscapes_apart() -> None:
    """A sample of the test images that the model card has the accuracy of."""
    network = load_classifier(pretrained(), device=torch.device("cpu"))
    assert (network.name, network.class_names, network.parameters) == ("gap", CLASS_NAMES, 756_742)
    images, labels = draw_landscapes(120, seed=DATA_SEED, split="test")
    found = network.log_probabilities(torch.from_numpy(images)).argmax(1)
    assert (found == torch.from_numpy(labels)).float().mean() > 0.88


def test_a_damaged_or_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"lacks the network landscapes\.safetensors"):
        pretrained(folder=tmp_path)
    (tmp_path / CHECKSUMS).write_bytes((FOLDER / CHECKSUMS).read_bytes())
    (tmp_path / "landscapes.safetensors").write_bytes(pretrained().read_bytes()[:-1] + b"!")
    with pytest.raises(CheckpointError, match="is damaged"):
        pretrained(folder=tmp_path)


def test_only_a_network_of_procedural_landscapes_is_packed(archive: Path, compute: Compute, tmp_path: Path) -> None:
    settings = Settings(network="gap", epochs=1)
    with Sweep.start(settings, Source(path=archive), compute, out=tmp_path / "run") as sweep:
        sweep.conclude(sweep.train(), seconds=1)
    with pytest.raises(CheckpointError, match="learnt from"):
        packing.pack(tmp_path / "run", tmp_path)
    assert not list(tmp_path.glob("*.safetensors"))
