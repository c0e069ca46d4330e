"""``dlhw cnn train``, ``cnn study`` and ``ocr train`` on several ranks, compared with the same command line alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dlhw.learning.checkpoint import load_checkpoint
from tests.ranks import run_ranks

PROGRAM = """
import dlhw.cnn.study.settings, dlhw.cnn.study.timing
dlhw.cnn.study.settings.VARIANTS_BY_DEFAULT = ("gap", "stride", "flatten")
dlhw.cnn.study.timing.ROUNDS = 2
import dlhw.ocr.rendering.fonts, dlhw.ocr.training_dataset, dlhw.ocr.trial
from dlhw.ocr.network import Architecture

def small(alphabet_size):
    sizes = dict(channels=(4, 8, 8, 8, 16, 16), encoder=16, decoder=16, embedding=8, attention=8)
    return Architecture(alphabet_size=alphabet_size, **sizes)

dlhw.ocr.rendering.fonts.system_files = list
dlhw.ocr.training_dataset.RENDERED_SIZES = {"validation": 8, "test": 8}
dlhw.ocr.trial.Architecture = small
from dlhw.cli.app import main
main()
"""
"""The command line, with a study of three networks and small recognisers."""

PLAIN = """
from torch import nn

class Plain(nn.Sequential):
    def __init__(self, classes=6):
        layers = nn.Conv2d(3, 4, 3, stride=4), nn.ReLU(), nn.Flatten(), nn.Linear(576, classes)
        super().__init__(*layers)
"""
"""A network without dropout and batch normalisation, which see the parts of a batch."""

OWN = {"run", "out", "seconds", "threads", "device", "figures", "step", "step_milliseconds"}
"""What no two runs share: their place, and what takes time."""


def trained(size: int, folder: Path, *arguments: str | Path) -> dict[str, Any]:
    """The document of a command, of which rank 0 alone speaks."""
    first, *others = run_ranks(PROGRAM, size, folder, *arguments, "--json", "--progress", "plain")
    assert first.code == 0, first
    assert [(one.code, one.stdout, one.stderr) for one in others] == [(0, "", "")] * len(others)
    document: dict[str, Any] = json.loads(first.stdout)
    return document


def timeless(value: Any) -> Any:
    """A document without what no two runs share."""
    if isinstance(value, dict):
        kept = {name: each for name, each in value.items() if name not in OWN and "per_second" not in name}
        return {name: timeless(each) for name, each in kept.items()}
    return [timeless(each) for each in value] if isinstance(value, list) else value


def weights(run: Path) -> dict[str, bytes]:
    """The file of the best weights of each trial."""
    return {path.parent.name: path.read_bytes() for path in run.glob("*/best.safetensors")}


def rows(run: Path) -> list[dict[str, Any]]:
    (path,) = run.glob("*/metrics.jsonl")
    return [json.loads(line) for line in path.read_text().splitlines()]


TRIALS: dict[str, tuple[str, ...]] = {
    "cnn train": ("--lr", "0.1", "--lr", "0.01", "--seeds", "2", "--gap", "--data", "tiny.npz"),
    "cnn study": ("--data", "tiny.npz"),
    "ocr train": ("--seeds", "2", "--words", "32"),
}


@pytest.mark.parametrize("command", TRIALS)
def test_trials_dealt_out_to_two_ranks_end_in_the_bits_of_one_process(
    command: str, archive: Path, tmp_path: Path
) -> None:
    arguments = (*command.split(), *TRIALS[command], "--epochs", "1")
    alone = trained(1, tmp_path, *arguments, "--out", "alone", "--threads", "1")
    shared = trained(2, tmp_path, *arguments, "--out", "shared", "--threads", "2")
    assert weights(tmp_path / "shared") == weights(tmp_path / "alone")
    assert len(weights(tmp_path / "alone")) == {"cnn train": 4, "cnn study": 3, "ocr train": 2}[command]
    assert timeless(shared) == timeless(alone)


def test_one_training_with_class_weights_on_two_ranks_is_that_of_one_process(archive: Path, tmp_path: Path) -> None:
    (tmp_path / "plain.py").write_text(PLAIN)
    network = ("--module", "plain.py:Plain", "--batch-size", "6", "--class-weights", "balanced")
    arguments = ("cnn", "train", *network, "--data", archive, "--epochs", "2")
    trained(1, tmp_path, *arguments, "--out", "alone", "--threads", "1")
    trained(2, tmp_path, *arguments, "--out", "shared", "--threads", "2")
    for one, two in zip(rows(tmp_path / "alone"), rows(tmp_path / "shared"), strict=True):
        for name in ("train_loss", "validation_loss", "validation_accuracy"):
            assert two[name] == pytest.approx(one[name], rel=1e-5), name


def test_words_are_learnt_on_two_ranks_and_either_world_resumes_the_other(tmp_path: Path) -> None:
    arguments = ("ocr", "train", "--words", "64")
    begun = {"shared": 2, "alone": 1}
    for out, world in begun.items():
        trained(world, tmp_path, *arguments, "--epochs", "1", "--threads", str(world), "--out", out)
    for out, world in begun.items():
        other = 3 - world
        more = ("--resume", "--epochs", "2", "--threads", str(other), "--out", out)
        assert trained(other, tmp_path, "ocr", "train", *more)["last_epoch"] == 2
        (state,) = (tmp_path / out).glob("*/state.safetensors")
        assert load_checkpoint(state, kind="state")[1]["epoch"] == 2
    one, two = rows(tmp_path / "alone"), rows(tmp_path / "shared")
    assert [row["epoch"] for row in one] == [row["epoch"] for row in two] == [1, 2]
    for mine, theirs in zip(one, two, strict=True):  # batch normalisation sees half a batch on two ranks
        assert mine["train_loss"] == pytest.approx(theirs["train_loss"], rel=0.02)
