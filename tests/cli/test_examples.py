from __future__ import annotations

import re
import shlex
from typing import Any

import pytest
import typer

from dlhw.cli.app import app
from tests.conftest import Invoke

GROUPS = typer.main.get_command(app)


def _pages(group: Any, words: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    below = getattr(group, "commands", {})
    return [words, *(page for name, one in below.items() for page in _pages(one, (*words, name)))]


PAGES = _pages(GROUPS)


def _examples(page: str) -> list[str]:
    """The commands of a page, each as a shell reads it."""
    part = re.sub(r" \\\n +", " ", page.partition("\nExamples:\n")[2].partition("\n\n")[0])
    return [re.split(r" {2,}", line[2:])[0] for line in part.splitlines() if re.match(r"  \S", line)]


def _check_parses(example: str) -> None:
    words = shlex.split(re.sub(r"^.* \| | < \S+", "", example))
    assert words.pop(0) == "dlhw", example
    command: Any = GROUPS
    while words and words[0] in getattr(command, "commands", {}):
        command = command.commands[words.pop(0)]
    command.make_context("dlhw", words)


@pytest.mark.parametrize("width", [60, 80])
@pytest.mark.parametrize("page", PAGES, ids=" ".join)
def test_a_help_page_fits_the_terminal(
    page: tuple[str, ...], width: int, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    shown = invoke(*page, "-h").stdout
    assert max(map(len, shown.splitlines())) <= width
    assert not re.findall(r"\w-$", shown, re.M), "a word is broken at its hyphen"
    examples = _examples(shown)
    assert len(examples) >= 2
    for example in examples:
        _check_parses(example)


def test_a_command_wider_than_the_terminal_goes_on_after_a_backslash(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = []
    for width in (60, 80):
        monkeypatch.setenv("COLUMNS", str(width))
        pages.append(invoke("ocr", "compare", "-h").stdout)
    narrow, wide = pages
    assert "  dlhw ocr compare runs/ocr-train/1 runs/ocr-train/2 \\\n    --data words\n" in narrow
    assert "  dlhw ocr compare runs/ocr-train/1 runs/ocr-train/2 --data words\n" in wide
    assert _examples(narrow) == _examples(wide)
