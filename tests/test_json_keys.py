"""Every key of the JSON documents is named where docs/commands.md describes the command."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cnn.kaggle import Kaggle, downloaded_set
from tests.conftest import Invoke
from tests.documents import ROOT, furnish

COMMANDS = (ROOT / "docs" / "commands.md").read_text()
SECTIONS = dict(re.findall(r"^## (dlhw .*?)\n(.*?)(?=^## |\Z)", COMMANDS, re.M | re.S))
SHARED = {"command", "version", "seconds"}
"""Keys that every document has, as the paragraph at the top of the page says."""

PARAGRAPH = re.search(r"^\*\*Keys of every document\*\*: (.*?)\n\n", COMMANDS, re.M | re.S)
_WITH_SEED = PARAGRAPH[1].partition("A document of ")[2].partition(" also has")[0] if PARAGRAPH else ""
SEEDED = set(re.findall(r"`([^`]+)`", _WITH_SEED))
"""Commands whose documents have the key ``seed`` too."""

BESIDES = {
    "dlhw cccp": ("dlhw energy",),
    "dlhw score": ("dlhw ocr eval",),
    "dlhw cnn explain": ("dlhw cnn eval",),
    "dlhw ocr compare": ("dlhw ocr eval",),
    "dlhw ocr export": ("dlhw cnn export",),
    "dlhw cnn score": ("dlhw cnn eval", "dlhw score"),
}
"""Whose keys a section says that a command has besides its own."""

TYPED = [
    "energy --trials 1",
    "energy --check handin.py",
    "cccp --check-attention",
    "cccp --check mine.py",
    "cnn params",
    "cnn params --module mine.py:Network",
    "cnn train --data intel48.npz --epochs 1 --seeds 2 --threads 1",
    "cnn eval --data intel48.npz --csv confusion.csv",
    "cnn predict holiday.jpg mine.py",
    "cnn explain --data intel48.npz",
    "cnn study --data intel48.npz --epochs 1 --threads 1",
    "cnn fetch",
    "cnn score labels.csv first.csv second.csv --id image",
    "score truth.csv mine.csv theirs.csv --group writer",
    "ocr check words",
    "ocr render --sheet words.png --count 6",
    "ocr train --epochs 1 --words 32 --threads 1",
    "ocr train --epochs 1 --words 32 --threads 1 --seeds 2",
    "ocr eval --data words --beam 3 --csv words.csv --figures report",
    "ocr eval --data words --top-p 0.9 --samples 3",
    "ocr compare --data words",
    "ocr read word.png",
    "cnn export",
    "ocr export",
    "runs",
    "info",
    "reproduce --only 2.3 --reported handin.toml",
]
SLOW = {
    "cccp --check-attention",
    "cccp --check mine.py",
    "cnn params --module mine.py:Network",
    "cnn train --data intel48.npz --epochs 1 --seeds 2 --threads 1",
    "cnn study --data intel48.npz --epochs 1 --threads 1",
    "ocr train --epochs 1 --words 32 --threads 1 --seeds 2",
    "ocr eval --data words --beam 3 --csv words.csv --figures report",
    "ocr eval --data words --top-p 0.9 --samples 3",
    "ocr compare --data words",
    "cnn export",
    "ocr export",
}
"""For the night: these train, read with networks of full size, or run a process of their own."""

OF_DATA = {
    *("counts", "differences", "confusions", "by_length", "splits", "settings", "variables", "versions", "extras"),
    "weights",
}
"""Keys whose value has keys out of the data."""


def keys(value: Any) -> Iterator[str]:
    """All keys of a document, but those that come from the data."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            if key not in OF_DATA:
                yield from keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from keys(inner)


def section(command: str) -> str:
    return next(name for name in (f"dlhw {command}".rsplit(" ", left)[0] for left in range(9)) if name in SECTIONS)


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("furnished")
    furnish(folder)
    return folder


@pytest.mark.parametrize(
    "command", [pytest.param(one, marks=[pytest.mark.nightly] if one in SLOW else []) for one in TYPED]
)
def test_every_key_is_described(
    command: str, invoke: Invoke, tmp_path: Path, furnished: Path, monkeypatch: pytest.MonkeyPatch, small_ocr: None
) -> None:
    shutil.copytree(furnished, tmp_path, dirs_exist_ok=True)
    Kaggle(downloaded_set(tmp_path / "kaggle")).install(monkeypatch)
    outcome = invoke(*command.split(), "--json")
    name = section(command)
    described = " ".join(SECTIONS[one] for one in (name, *BESIDES.get(name, ())))
    prose = re.sub(r"^```.*?^```", "", described, flags=re.M | re.S)
    named = {word for span in re.findall(r"`([^`]+)`", prose) for word in re.findall(r"\w+", span)}
    document = json.loads(outcome.stdout)
    assert document.keys() >= SHARED
    assert ("seed" in document) == (document["command"] in SEEDED)
    unnamed = {*keys(document)} - named - SHARED - {"seed"}
    assert not unnamed, f"{name} does not name {sorted(unnamed)}"


def test_the_paragraph_of_common_keys_names_them_and_commands() -> None:
    assert PARAGRAPH is not None
    assert {*re.findall(r"`(\w+)`", PARAGRAPH[1])} >= {*SHARED, "seed"}
    assert all(f"dlhw {command}" in SECTIONS for command in SEEDED)


def test_a_template_has_the_keys_that_the_paragraph_says(invoke: Invoke, tmp_path: Path) -> None:
    document = json.loads(invoke("reproduce", "--template", tmp_path / "group.toml", "--json").stdout)
    assert document.keys() == {"command", "version", "template"}
