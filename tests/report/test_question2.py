"""What Question 2's parts say of trainings whose documents are given here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from dlhw.cnn.landscapes import CLASS_NAMES
from dlhw.learning.device import Compute
from dlhw.learning.events import Silence
from dlhw.learning.trial_folder import TrialFolder
from dlhw.report.question2 import learning_rates
from dlhw.report.scale import FULL
from dlhw.report.section import Section
from dlhw.report.workplace import Workplace


def all_diverged(run: Path, class_names: tuple[str, ...]) -> dict[str, Any]:
    """The document of a run of forty epochs, of which learning rate 0.1 finished two and 0.01 none."""
    row = {"train_loss": 1.0, "learning_rate": 0.1, "seconds": 1.0, "images_per_second": 30.0}
    row |= {"validation_accuracy": 0.25, "best_epoch": 1, "best_value": 0.25}
    run.mkdir()
    for rate, epochs in ((0.1, 2), (0.01, 0)):
        TrialFolder(run / f"lr{rate}-seed42").write_metrics([{"epoch": epoch + 1, **row} for epoch in range(epochs)])
    nothing = dict.fromkeys(("validation_accuracy", "test_accuracy", "best_test_accuracy"))
    diverged = {"seed": 42, "epochs": 40, "status": "diverged", "reason": "the loss is not a number", **nothing}
    return {
        "network": "flatten",
        "run": str(run),
        "data": {"source": "photos", "train": 30, "validation": 12, "test": 12, "classes": list(class_names)},
        "results": [{"learning_rate": rate, **diverged} for rate in (0.1, 0.01)],
        "chosen": None,
        "epochs": 40,
        "batch_size": 8,
        "seed": 42,
    }


def part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, class_names: tuple[str, ...] = CLASS_NAMES) -> Section:
    document = all_diverged(tmp_path / "run", class_names)
    monkeypatch.setattr("dlhw.report.question2.train_landscapes", lambda *_: document)
    return learning_rates(
        Workplace(
            question="2.1",
            scale=FULL,
            data=None,
            seed=42,
            compute=Compute(device=torch.device("cpu"), threads=1, deterministic=False),
            changed=(),
            runs=tmp_path,
            observer=Silence(),
            should_stop=lambda: 0,
        )
    )


def test_a_training_that_diverged_is_labelled_by_its_own_last_epoch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = part(tmp_path, monkeypatch).rows
    assert [row.ours for row in rows] == ["diverged"] * 4
    assert [row.data for row in rows] == [f"12 images, diverged in epoch {epoch}" for epoch in (3, 3, 1, 1)]


def test_the_reports_figures_stand_beside_its_six_classes_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [row.reported for row in part(tmp_path, monkeypatch).rows] == [0.5783, 0.5763, 0.6937, 0.6860]


def test_other_classes_have_no_figures_of_the_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [row.reported for row in part(tmp_path, monkeypatch, ("ant", "bee")).rows] == [None] * 4
