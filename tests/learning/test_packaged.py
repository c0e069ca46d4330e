from __future__ import annotations

from pathlib import Path

from dlhw.cnn.pretrained import pretrained
from dlhw.learning.packaged import reference, shown_as


def test_weights_of_the_package_are_shown_by_name_and_all_others_by_path(tmp_path: Path) -> None:
    assert shown_as(pretrained()) == "landscapes, of the package"
    assert shown_as(Path("runs/cnn-train/1/trial/best.safetensors")) == "runs/cnn-train/1/trial/best.safetensors"
    assert reference(pretrained()) == "landscapes", "which --checkpoint takes on every machine"
    assert reference(Path("runs/1/trial/best.safetensors")) == "runs/1/trial/best.safetensors"
    (tmp_path / "landscapes.safetensors").touch()
    assert shown_as(tmp_path / "landscapes.safetensors") == f"{tmp_path}/landscapes.safetensors"
