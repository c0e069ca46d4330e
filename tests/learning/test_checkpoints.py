from __future__ import annotations

import json
from pathlib import Path

import pytest

from dlhw.errors import CheckpointError
from dlhw.learning.checkpoints import chosen_checkpoint


def run(folder: Path, *trials: str, result: dict[str, str | None] | None = None) -> Path:
    for trial in trials:
        (folder / trial).mkdir(parents=True)
        (folder / trial / "best.safetensors").touch()
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text("{}")
    if result is not None:
        (folder / "result.json").write_text(json.dumps(result))
    return folder


def test_a_file_is_meant_itself(tmp_path: Path) -> None:
    file = tmp_path / "weights.safetensors"
    file.touch()
    assert chosen_checkpoint(file) == file


def test_a_finished_run_names_its_chosen_trial(tmp_path: Path) -> None:
    folder = run(tmp_path / "1", "a", "b", result={"checkpoint": "b/best.safetensors"})
    assert chosen_checkpoint(folder) == folder / "b" / "best.safetensors"


def test_an_unfinished_run_may_have_one_trial(tmp_path: Path) -> None:
    assert chosen_checkpoint(run(tmp_path / "1", "a")).parent.name == "a"
    with pytest.raises(CheckpointError, match="2 trials"):
        chosen_checkpoint(run(tmp_path / "2", "a", "b"))
    with pytest.raises(CheckpointError, match="no weights yet"):
        chosen_checkpoint(run(tmp_path / "3"))


def test_what_is_no_checkpoint_is_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="there is no checkpoint"):
        chosen_checkpoint(tmp_path / "none")
    with pytest.raises(CheckpointError, match="no run directory"):
        chosen_checkpoint(tmp_path)


def test_a_run_in_which_all_diverged_has_none(tmp_path: Path) -> None:
    folder = run(tmp_path / "1", "a", result={"checkpoint": None})
    with pytest.raises(CheckpointError, match="diverged") as caught:
        chosen_checkpoint(folder)
    assert str(folder / "a" / "best.safetensors") in caught.value.hint
