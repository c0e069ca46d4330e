"""What the documents tell people to type is there, and does what it says."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest
import torch

from dlhw.cnn.data import Landscapes
from dlhw.cnn.study import settings as study_settings
from dlhw.report import scale
from tests.cnn.kaggle import Kaggle, downloaded_set
from tests.conftest import Invoke, Outcome
from tests.documents import DOCUMENTS, ROOT, Typed, found, furnish, named_in, parse, python_in, train_runs, typed_in

TYPED = list({command.arguments: command for path in DOCUMENTS for command in typed_in(path)}.values())
NAMED = list({command.arguments: command for path in DOCUMENTS for command in named_in(path)}.values())
BLOCKS = [
    pytest.param(block, id=f"{path.name}-{place}") for path in DOCUMENTS for place, block in enumerate(python_in(path))
]

QUICK = (
    "energy --mutate",
    "cccp",
    "cnn params",
    "score",
    "cnn score",
    "ocr render --sheet",
    "ocr check",
    "ocr read word.png",
)
"""How commands begin that train nothing and read few words. The first of each runs in the ordinary suite."""

SMALLER = {
    "energy": ("--trials", "2"),
    "cnn train": ("--epochs", "1", "--threads", "1"),
    "cnn study": ("--epochs", "1", "--threads", "1"),
    "ocr train": ("--epochs", "1", "--words", "32", "--threads", "1"),
    "ocr render": ("--count", "6"),
}
"""What is typed after a command, so that it takes seconds."""

OWN = {"FILE", "CHECKPOINT", "…"}
"""What stands for something of one's own."""

GPU = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")

FAILS = ("--mutate", "handin.py")
"""Ends of arguments by which a command is meant to end with 1."""


def runs() -> list[Any]:
    """All commands, of which those that take long are for the night."""
    quick = {next(one.arguments for one in TYPED if " ".join(one.arguments).startswith(begin)) for begin in QUICK}
    marks = {True: [], False: [pytest.mark.nightly]}
    typed = [one for one in TYPED if not OWN.intersection(one.arguments)]
    return [
        pytest.param(
            one, marks=[*marks[one.arguments in quick], *([GPU] if "cuda" in one.arguments else [])], id=str(one)
        )
        for one in typed
    ]


@pytest.mark.parametrize("command", NAMED, ids=str)
def test_every_command_that_is_named_exists(command: Typed) -> None:
    at, left = found(command)
    assert not (hasattr(at, "commands") and left)


@pytest.mark.parametrize("command", TYPED, ids=str)
def test_every_command_can_be_parsed(command: Typed) -> None:
    parse(command)


@pytest.mark.parametrize("command", runs())
def test_every_command_does_what_it_says(command: Typed, type_it: Callable[[Typed], Outcome]) -> None:
    outcome = type_it(command)
    wanted = 1 if any(argument.endswith(FAILS) for argument in command.arguments) else 0
    assert outcome.code == wanted, outcome.stderr
    assert outcome.stdout


@pytest.mark.parametrize("block", BLOCKS)
def test_every_block_of_python_runs(block: str, small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(small)
    exec(compile(block.replace("epochs=3", "epochs=1"), "block", "exec"), {"__name__": "block"})


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", path.read_text()):
        if not re.match("[a-z]+:", target):
            assert (path.parent / target).exists(), f"{path.name} links to {target}"


def test_hints_name_sections_that_exist() -> None:
    named = {
        found
        for file in (ROOT / "src").rglob("*.py")
        for found in re.findall(r"(docs/[\w.-]+)#([\w-]+)", file.read_text())
    }
    assert named
    for document, section in named:
        assert section in anchors(ROOT / document), f"{document}#{section}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_name_sections_that_exist(path: Path) -> None:
    for target, section in re.findall(r"\]\(([^)#\s:]*)#([^)\s]+)\)", path.read_text()):
        document = (path.parent / target).resolve() if target else path
        if document.suffix == ".md":
            assert section in anchors(document), f"{path.name} links to {target}#{section}"


def anchors(path: Path) -> set[str]:
    """The names that GitHub gives to a document's headings."""
    content = re.sub(r"^```.*?^```", "", path.read_text(), flags=re.M | re.S)
    headings = (re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", found) for found in re.findall(r"^#+ (.+)$", content, re.M))
    return {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


def test_the_words_of_the_readme_are_read_as_it_shows(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    shown = re.findall(r"^ (examples/words/images/\d+\.png) +(\S+) +[01]\.\d+$", (ROOT / "README.md").read_text(), re.M)
    document = json.loads(invoke("ocr", "read", "examples/words", "--json").stdout)
    assert [(row["image"], row["text"]) for row in document["images"]] == shown


def test_the_test_command_of_the_readme_is_the_one_that_ci_calls() -> None:
    assert "pip install uv && uv run pytest" in (ROOT / "README.md").read_text()
    assert "README.md" in (ROOT / ".ci" / "run").read_text()


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("furnished")
    furnish(folder)
    return folder


@pytest.fixture
def small(tmp_path: Path, furnished: Path, tiny: Landscapes, monkeypatch: pytest.MonkeyPatch, small_ocr: None) -> Path:
    """A folder with all that the commands name, and data and networks of the smallest size."""
    shutil.copytree(furnished, tmp_path, dirs_exist_ok=True)
    monkeypatch.setattr("dlhw.cnn.sources.draw_dataset", lambda sizes: tiny)
    monkeypatch.setattr(study_settings, "VARIANTS_BY_DEFAULT", ("gap", "stride"))
    monkeypatch.setitem(study_settings.SHORT, "variants", ("gap", "stride"))
    monkeypatch.setitem(study_settings.SHORT, "epochs", 1)
    for name, sizes in scale.SCALES.items():
        smaller = replace(sizes, trials=1, epochs=1, short_study=True, reading_epochs=1, reading_words=32, samplings=2)
        monkeypatch.setitem(scale.SCALES, name, smaller)
    return tmp_path


def _smaller(command: Typed) -> list[str]:
    """The command with those values in place of its own."""
    smaller = SMALLER.get(command.name, ())
    typed = list(command.arguments)
    for option in smaller[::2]:
        while option in typed:
            del typed[(place := typed.index(option)) : place + 2]
    return [*typed, *smaller]


@pytest.fixture
def type_it(small: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> Callable[[Typed], Outcome]:
    """Types a command into that folder, with its runs where it looks for some."""

    def typed(command: Typed) -> Outcome:
        if command.name in {"cnn eval", "cnn predict", "cnn explain"} or re.search("--resume|runs/", command.line):
            train_runs(small, invoke)
        if "--out" in command.arguments:
            shutil.rmtree(small / command.arguments[command.arguments.index("--out") + 1], ignore_errors=True)
        if command.name == "cnn fetch" or {"intel", "intel48"}.intersection(command.arguments):
            Kaggle(downloaded_set(small / "kaggle")).install(monkeypatch)
            if command.name != "cnn fetch":
                assert invoke("cnn", "fetch").code == 0
        content = (small / command.reads).read_bytes() if command.reads else b""
        if command.before:
            content = subprocess.run(command.before, shell=True, cwd=small, check=True, capture_output=True).stdout
        monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(content)))
        return invoke(*_smaller(command))

    return typed
