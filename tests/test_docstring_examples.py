"""The examples in docstrings do what they say."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

import dlhw

SOURCE = Path(dlhw.__file__).parent
MODULES = sorted(
    ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts)
    for path in SOURCE.rglob("*.py")
    if ">>> " in path.read_text()
)
SHOWN = ("Energy", "retrieve", "certify", "load_classifier", "load_recognizer")
"""Public names whose examples take no time. Those of the others stand in docs/api.md."""


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    failed, tried = doctest.testmod(importlib.import_module(name))
    assert tried
    assert not failed


@pytest.mark.parametrize("name", SHOWN)
def test_public_names_have_examples(name: str) -> None:
    assert ">>> " in (getattr(dlhw, name).__doc__ or "")
