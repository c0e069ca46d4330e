from __future__ import annotations

import json
from pathlib import Path

import torch

from dlhw.cnn.classifier import Classifier
from dlhw.cnn.export import export_classifier
from dlhw.cnn.network import LandscapeNetwork
from dlhw.learning.export import TOLERANCE


def test_images_in_probabilities_out(tmp_path: Path) -> None:
    import onnxruntime

    torch.manual_seed(1)
    network = LandscapeNetwork("gap", classes=3, dropout=0.0).eval()
    classifier = Classifier(network=network, name="gap", class_names=("a", "b", "c"))
    files = export_classifier(classifier, tmp_path, ["pt2", "onnx"])
    assert [file.path.name for file in files] == ["gap.pt2", "gap.onnx"]
    assert all(file.largest_difference <= TOLERANCE for file in files)
    images = torch.randint(0, 256, (5, 48, 48, 3), dtype=torch.uint8)
    expected = classifier.log_probabilities(images).exp().float()
    torch.testing.assert_close(torch.export.load(tmp_path / "gap.pt2").module()(images), expected)
    session = onnxruntime.InferenceSession(tmp_path / "gap.onnx")
    (probabilities,) = session.run(None, {"images": images.numpy()})
    torch.testing.assert_close(torch.from_numpy(probabilities), expected)
    assert json.loads(session.get_modelmeta().custom_metadata_map["dlhw"])["classes"] == ["a", "b", "c"]
