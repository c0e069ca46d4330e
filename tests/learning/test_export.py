from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from dlhw.errors import DlhwError, UsageError
from dlhw.learning.export import Exportable, check_formats, export


class Doubled(nn.Module):
    def forward(self, numbers: Tensor) -> Tensor:
        return numbers * 2


class Forgetful(nn.Module):
    """Another result at every call, as a network in training mode has."""

    calls = 0

    def forward(self, numbers: Tensor) -> Tensor:
        self.calls += 1
        return numbers * self.calls


def exportable(module: nn.Module) -> Exportable:
    return Exportable(
        name="net", module=module, inputs=(torch.ones(3, 2),), input_names=("numbers",), output_names=("out",),
        metadata={"classes": ["forêt"]},
    )  # fmt: skip


def test_any_batch_may_be_given(tmp_path: Path) -> None:
    (file,) = export(exportable(Doubled()), tmp_path, ["pt2"])
    assert file.largest_difference == 0
    loaded = torch.export.load(file.path).module()
    assert torch.equal(loaded(torch.ones(1, 2)), torch.full((1, 2), 2.0))
    assert torch.equal(loaded(torch.ones(9, 2)), torch.full((9, 2), 2.0))
    assert list(tmp_path.iterdir()) == [file.path]


def test_a_file_that_computes_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DlhwError, match="differs from the network by"):
        export(exportable(Forgetful()), tmp_path, ["pt2"])


def test_formats_are_checked_first(monkeypatch: pytest.MonkeyPatch) -> None:
    assert check_formats(["onnx", "pt2", "onnx"]) == ["pt2", "onnx"]
    with pytest.raises(UsageError, match="“tflite” is no format"):
        check_formats(["tflite"])
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UsageError, match="not installed: onnx, onnxscript, onnxruntime"):
        check_formats(["onnx"])
    assert check_formats(["pt2"]) == ["pt2"]
