"""The examples in docstrings do what they say."""

from __future__ import annotations

import doctest
import importlib
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import dlhw

SOURCE = Path(dlhw.__file__).parent
MODULES = sorted(
    ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts)
    for path in SOURCE.rglob("*.py")
    if ">>> " in path.read_text()
)
WORDS = Path(__file__).parent.parent / "examples/words"
SHOWN = ("Energy", "retrieve", "certify", "load_classifier", "load_recognizer", "train", "evaluate", "compare")


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    """The folders that examples speak of: words, and landscapes of two classes."""
    shutil.copytree(WORDS, tmp_path / "words")
    rng = np.random.default_rng(1)
    for name in ("forest", "sea"):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for index in range(12):
            image = Image.fromarray(rng.integers(256, size=(48, 48, 3), dtype=np.uint8))
            image.save(tmp_path / "photos" / name / f"{index}.png")
    return tmp_path


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name: str, folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folders)
    failed, tried = doctest.testmod(importlib.import_module(name))
    assert tried
    assert not failed


@pytest.mark.parametrize("name", SHOWN)
def test_public_names_have_examples(name: str) -> None:
    assert ">>> " in (getattr(dlhw, name).__doc__ or "")
