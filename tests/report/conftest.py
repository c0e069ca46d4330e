"""A reproduction of the smallest size."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from dlhw.cnn.study.settings import SHORT
from dlhw.learning.device import Compute
from dlhw.report import scale
from dlhw.report.reproduction import Reproduction, Request, Settings
from dlhw.report.scale import QUESTIONS, QUICK, Scale

TINY = replace(
    QUICK, trials=1, epochs=1, reading_epochs=1, reading_words=32, seconds=dict.fromkeys(QUESTIONS, 1.0), samplings=2
)


@pytest.fixture
def tiny_scale(monkeypatch: pytest.MonkeyPatch, small_ocr: None) -> Scale:
    """``--quick``, with a training of one epoch in each question."""
    monkeypatch.setitem(scale.SCALES, "quick", TINY)
    for name, value in {"images": 30, "epochs": 1, "variants": ("gap", "stride")}.items():
        monkeypatch.setitem(SHORT, name, value)
    return TINY


@pytest.fixture(scope="session")
def _made() -> dict[str, Path]:
    """The one reproduction that is made in a session, once it is."""
    return {}


@pytest.fixture
def learnt_from(page: Path, _made: dict[str, Path]) -> Path:
    """The archive of that reproduction."""
    return _made["folder"] / "tiny.npz"


@pytest.fixture
def page(
    tiny_scale: Scale,
    archive: Path,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    compute: Compute,
    _made: dict[str, Path],
) -> Path:
    """The page of a whole tiny reproduction on ``archive``, which the test may do with as it likes."""
    if not _made:
        folder = tmp_path_factory.mktemp("reproduction")
        shutil.copy(archive, folder / archive.name)
        settings, request = Settings(scale=tiny_scale), Request(data=folder / archive.name)
        with Reproduction.start_or_resume(settings, request, compute, out=folder / "out") as reproduction:
            reproduction.conclude(reproduction.make(), seconds=1.0)
        _made["folder"] = folder
    shutil.copytree(_made["folder"] / "out", tmp_path / "out")
    return tmp_path / "out" / "index.html"
