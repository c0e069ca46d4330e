"""docs/commands.md names every option of every command, and none that is gone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from dlhw.cli.app import app
from tests.documents import ROOT

COMMANDS = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
SHARED, *PARTS = COMMANDS.split("\n## ")
SECTIONS = {part.split("\n", 1)[0]: part for part in PARTS}

OPTION = re.compile(r"(?<![\w-])--[a-z][\w-]*")
OF_OTHER_PROGRAMS = {"--extra", "--logdir", "--name_format"}
"""Options of uv, of TensorBoard, and of the program that renders words."""


def commands(group: Any, path: str = "dlhw") -> Iterator[tuple[str, Any]]:
    """Every command with its words, the groups before theirs."""
    yield path, group
    for name, below in getattr(group, "commands", {}).items():
        yield from commands(below, f"{path} {name}")


def options(command: Any) -> set[str]:
    return {name for one in command.params for name in (*one.opts, *one.secondary_opts) if name.startswith("--")}


ALL = dict(commands(typer.main.get_command(app)))
SINGLE = {path: command for path, command in ALL.items() if not hasattr(command, "commands")}


@pytest.mark.parametrize("path", SINGLE)
def test_every_option_is_named(path: str) -> None:
    unnamed = options(SINGLE[path]) - {*OPTION.findall(SECTIONS[path]), *OPTION.findall(SHARED)}
    assert not unnamed, f"the section {path} does not name {sorted(unnamed)}"


def test_no_option_is_named_that_is_gone() -> None:
    there = {"--help", *OF_OTHER_PROGRAMS}.union(*map(options, ALL.values()))
    assert not {*OPTION.findall(COMMANDS)} - there


@pytest.mark.parametrize("path", SINGLE)
def test_a_table_of_options_has_those_of_its_command(path: str) -> None:
    rows = re.findall(r"^\| (`--.*?) \| ", SECTIONS[path], re.M)
    assert {name for row in rows for name in OPTION.findall(row)} <= options(SINGLE[path])
