from __future__ import annotations

import json
from pathlib import Path

import pytest
import safetensors.torch
import torch
from hypothesis import given
from hypothesis import strategies as st

from dlhw.errors import CheckpointError
from dlhw.learning.checkpoint import load_checkpoint, save_checkpoint
from dlhw.learning.headers import SCHEMA

HEADER = {"kind": "weights", "classes": ["été", "hiver"]}


def test_tensors_and_header_come_back(tmp_path: Path) -> None:
    tensors = {"a": torch.randn(3, 4), "b": torch.arange(5), "half": torch.ones(2, dtype=torch.bfloat16)}
    save_checkpoint(tmp_path / "c", tensors, HEADER)
    loaded, header = load_checkpoint(tmp_path / "c", kind="weights")
    assert header["classes"] == HEADER["classes"]
    assert header["schema"] == SCHEMA
    assert loaded.keys() == tensors.keys()
    for name, tensor in tensors.items():
        assert torch.equal(loaded[name], tensor)
        assert loaded[name].dtype == tensor.dtype


def test_channels_last_tensors_are_saved(tmp_path: Path) -> None:
    """safetensors refuses them as they are."""
    weight = torch.randn(8, 4, 3, 3).to(memory_format=torch.channels_last)
    save_checkpoint(tmp_path / "c", {"weight": weight}, HEADER)
    assert torch.equal(load_checkpoint(tmp_path / "c", kind="weights")[0]["weight"], weight)


@given(cut=st.integers(min_value=0, max_value=500))
def test_a_file_that_was_cut_off_is_no_checkpoint(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    path = tmp_path_factory.mktemp("cut") / "c"
    save_checkpoint(path, {"a": torch.randn(100)}, HEADER)
    content = path.read_bytes()
    path.write_bytes(content[: cut % len(content)])
    with pytest.raises(CheckpointError, match="not a whole checkpoint"):
        load_checkpoint(path, kind="weights")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="no checkpoint"):
        load_checkpoint(tmp_path / "nothing", kind="weights")


def test_the_kind_must_fit(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "c", {}, HEADER)
    with pytest.raises(CheckpointError, match=r"'weights', where 'state' was expected"):
        load_checkpoint(tmp_path / "c", kind="state")


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        (None, "not one of dlhw"),
        ({"dlhw": "no json"}, "not one of dlhw"),
        ({"dlhw": json.dumps([1])}, "not one of dlhw"),
        ({"dlhw": json.dumps({"kind": "weights"})}, "not one of dlhw"),
        ({"dlhw": json.dumps({"kind": "weights", "schema": SCHEMA + 1})}, f"reads schemas up to {SCHEMA}"),
    ],
)
def test_foreign_and_later_files_are_refused(tmp_path: Path, metadata: dict[str, str] | None, message: str) -> None:
    (tmp_path / "c").write_bytes(safetensors.torch.save({"a": torch.ones(1)}, metadata))
    with pytest.raises(CheckpointError, match=message):
        load_checkpoint(tmp_path / "c", kind="weights")
