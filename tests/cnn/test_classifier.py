from __future__ import annotations

from pathlib import Path

import pytest
import torch

from dlhw.cnn.classifier import load_classifier
from dlhw.cnn.data import Landscapes
from dlhw.cnn.landscapes import CLASS_NAMES
from dlhw.cnn.network import to_input
from dlhw.errors import CheckpointError
from dlhw.learning.checkpoint import save_checkpoint
from tests.cnn.networks import classifier, random_network, save

CPU = torch.device("cpu")


def test_saved_weights_come_back(tmp_path: Path, tiny: Landscapes) -> None:
    loaded = load_classifier(save(tmp_path / "a.safetensors"), device=CPU)
    assert (loaded.name, loaded.class_names, loaded.parameters) == ("gap", CLASS_NAMES, 756_742)
    ours = classifier().log_probabilities(tiny.test.images)
    assert torch.equal(loaded.log_probabilities(tiny.test.images), ours)


def test_probabilities_are_those_of_the_network_in_any_batch(tiny: Landscapes, monkeypatch: pytest.MonkeyPatch) -> None:
    network = random_network()
    with torch.no_grad():
        expected = network(to_input(tiny.train.images)).double().softmax(1)
    monkeypatch.setattr("dlhw.cnn.classifier.IMAGES_AT_ONCE", 7)
    found = classifier(network).log_probabilities(tiny.train.images).exp()
    assert torch.allclose(found, expected, atol=1e-6)
    assert found.sum(1).tolist() == pytest.approx([1.0] * 30)
    assert classifier(network).log_probabilities(tiny.train.images[:0]).shape == (0, 6)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"network": {"encoder": 16}, "alphabet": {"characters": "ab"}}, "reads words"),
        ({"network": "resnet"}, "is not a network of dlhw cnn train"),
        ({"preprocessing": "RGB, 64×64"}, "prepared in another way: RGB, 64×64"),
        ({"network": "flatten"}, "do not fit"),
        ({"classes": ["a", "b"]}, "do not fit"),
        ({"classes": None}, "do not fit"),
        ({"dropout": "much"}, "do not fit"),
        ({"dropout": 2.0}, "do not fit"),
    ],
)
def test_weights_that_do_not_fit_are_said(changes: dict[str, object], message: str, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=message):
        load_classifier(save(tmp_path / "a.safetensors", **changes), device=CPU)


def test_a_damaged_file_and_a_state_are_said(tmp_path: Path) -> None:
    path = save(tmp_path / "a.safetensors")
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(CheckpointError, match="not a whole checkpoint"):
        load_classifier(path, device=CPU)
    save_checkpoint(path, {}, {"kind": "state"})
    with pytest.raises(CheckpointError, match="holds 'state'"):
        load_classifier(path, device=CPU)
    save_checkpoint(path, {}, {"kind": "weights"})
    with pytest.raises(CheckpointError, match="is not a network"):
        load_classifier(path, device=CPU)
