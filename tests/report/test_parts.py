"""The parts themselves, at the smallest size."""

from __future__ import annotations

import json
import platform
import shutil
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dlhw.cnn.settings import Settings as LandscapeSettings
from dlhw.errors import RunError
from dlhw.learning.device import Compute
from dlhw.ocr.recipe import SHIPPED
from dlhw.report.reproduction import Reproduction, Request, Settings
from dlhw.report.scale import FULL, QUESTIONS, QUICK, Scale


def opened(
    scale: Scale, data: Path, compute: Compute, out: Path, *, seed: int = 42
) -> AbstractContextManager[Reproduction]:
    return Reproduction.start_or_resume(Settings(scale=scale, seed=seed), Request(data=data), compute, out=out)


def test_a_whole_reproduction(page: Path, learnt_from: Path) -> None:
    document = json.loads((page.parent / "report.json").read_text())
    assert document["passed"], [part["reason"] for part in document["parts"]]
    assert {row["question"] for row in document["rows"]} == set(QUESTIONS)
    ours = {row["quantity"]: row["ours"] for row in document["rows"]}
    assert ours["Trainable parameters, flattening"] == 5_340_742
    assert ours["Trainable parameters, global average pooling"] == 756_742
    reported = {row["quantity"]: row["reported"] for row in document["rows"] if row["question"] in {"2.1", "3c"}}
    assert reported["Test accuracy, learning rate 0.01"] == 0.6860
    assert reported["WER@3, three samples"] == 0.6400
    assert "a number in the last maps depends on, after any pooling" in page.read_text(), "22×22; before it 18×18"
    for question, command in (("2.1", "cnn-train"), ("2.2", "cnn-train"), ("2.4", "cnn-study"), ("3a", "ocr-train")):
        config = json.loads((page.parent / "runs" / question / "config.json").read_text())
        assert config["command"] == command
    assert str(learnt_from.parent) not in page.read_text(), "a page does not say where a person's files lie"


def test_a_run_of_the_single_command_is_taken_as_done(
    page: Path, tiny_scale: Scale, learnt_from: Path, compute: Compute, tmp_path: Path
) -> None:
    moved = tmp_path / "moved"
    shutil.copytree(page.parent / "runs" / "2.1", moved / "runs" / "2.1")
    state = next((moved / "runs" / "2.1").glob("*/state.safetensors"))
    before = state.stat().st_mtime_ns
    with Reproduction.start_or_resume(
        Settings(scale=tiny_scale), Request(data=learnt_from), compute, out=moved
    ) as reproduction:
        entries = {entry.question: entry for entry in reproduction.make(only=("2.1",))}
    assert entries["2.1"].status == "done"
    assert state.stat().st_mtime_ns == before, "nothing was trained"


def test_images_that_were_moved_are_the_same_and_others_in_their_place_are_not(
    page: Path, tiny_scale: Scale, learnt_from: Path, compute: Compute, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "moved.npz"
    shutil.copy(learnt_from, elsewhere)
    with Reproduction.start_or_resume(
        Settings(scale=tiny_scale), Request(data=elsewhere), compute, out=page.parent
    ) as reproduction:
        entries = reproduction.make()
    assert {entry.status for entry in entries} == {"kept"}
    (page.parent / "parts" / "2.2.json").unlink()
    with Reproduction.start_or_resume(
        Settings(scale=tiny_scale), Request(data=elsewhere), compute, out=page.parent
    ) as reproduction:
        entries = reproduction.make()
    assert [entry.question for entry in entries if entry.status == "done"] == ["2.2"], "and its run is taken as it is"
    others = dict(np.load(elsewhere))
    others["test_images"] = 255 - others["test_images"]
    np.savez(elsewhere, **others)
    with (
        pytest.raises(RunError, match="was asked for with other landscapes"),
        opened(tiny_scale, elsewhere, compute, page.parent),
    ):
        pass
    alone = tmp_path / "alone"
    shutil.copytree(page.parent / "runs" / "2.2", alone / "runs" / "2.2")
    with Reproduction.start_or_resume(
        Settings(scale=tiny_scale), Request(data=elsewhere), compute, out=alone
    ) as reproduction:
        (entry,) = (one for one in reproduction.make(only=("2.2",)) if one.question == "2.2")
    assert "learnt from other images" in entry.reason


def test_each_part_keeps_its_own_environment(
    page: Path, tiny_scale: Scale, learnt_from: Path, compute: Compute
) -> None:
    (page.parent / "parts" / "1.3.json").unlink()
    elsewhere = replace(compute, threads=7)
    with Reproduction.start_or_resume(
        Settings(scale=tiny_scale), Request(data=learnt_from), elsewhere, out=page.parent
    ) as reproduction:
        document = reproduction.conclude(reproduction.make(), seconds=1.0)
    threads = {part["question"]: part["environment"]["threads"] for part in document["parts"]}
    assert threads == {**dict.fromkeys(QUESTIONS, 1), "1.3": 7}
    assert {part["question"] for part in document["parts"] if part["trained"]} == {"2.1", "2.2", "2.4", "3a", "3b"}
    assert {part["environment"]["system"] for part in document["parts"]} == {platform.system()}
    assert "command_line" not in str(document["parts"]), "that may hold a person's paths"


def test_a_run_of_other_options_is_said_and_left_alone(
    page: Path, tiny_scale: Scale, learnt_from: Path, compute: Compute, tmp_path: Path
) -> None:
    moved = tmp_path / "moved"
    shutil.copytree(page.parent / "runs" / "2.2", moved / "runs" / "2.2")
    with Reproduction.start_or_resume(
        Settings(scale=tiny_scale, seed=7), Request(data=learnt_from), compute, out=moved
    ) as reproduction:
        entries = {entry.question: entry for entry in reproduction.make(only=("2.2",))}
    assert entries["2.2"].status == "failed"
    assert "has seed 42, and this reproduction needs 7" in entries["2.2"].reason


def test_the_full_scale_trains_as_the_homework_and_the_package_do() -> None:
    assert FULL.epochs == LandscapeSettings().epochs
    assert (FULL.reading_epochs, FULL.reading_words) == (SHIPPED.epochs, SHIPPED.words)


@pytest.mark.parametrize("scale", [QUICK, FULL], ids=lambda scale: scale.name)
def test_every_part_has_a_guess_of_its_time(scale: Scale) -> None:
    assert scale.seconds.keys() == set(QUESTIONS)
