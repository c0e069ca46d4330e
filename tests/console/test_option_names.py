"""Errors of the package name arguments; a command line names options."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

import dlhw
from dlhw.cli.app import app
from dlhw.console.option_names import ARGUMENTS, NAMED, WITHOUT_OPTION, as_options
from dlhw.errors import UsageError
from dlhw.learning.seeds import check_seed

SOURCE = Path(dlhw.__file__).parent
ROOMS = ("images", "tables", "foreign", "learning", "hopfield", "cnn", "ocr", "report", "errors", "cores")
FLAG = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
COMMAND = re.compile(r"dlhw (cnn|ocr|energy|cccp|--version)|uv sync|torchrun")
MESSAGE_ROOMS = {"learning", "errors", "cores"}
"""Their texts are all messages. The others make commands, too: there only the texts within an error count."""

ERRORS = re.compile(r"\w*(Error|Run|Rejected)|note|_not_whole")


def texts(tree: ast.AST) -> Iterator[str]:
    """Every literal text below a node."""
    for part in ast.walk(tree):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value


def without_docstrings(tree: ast.Module) -> ast.Module:
    """The module without texts that stand alone."""
    for node in ast.walk(tree):
        if isinstance(body := getattr(node, "body", None), list):
            body[:] = [one for one in body if not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))]
    return tree


def messages(path: Path, room: str) -> Iterator[str]:
    """Every literal text that may stand in an error."""
    tree = without_docstrings(ast.parse(path.read_text()))
    if room in MESSAGE_ROOMS:
        yield from texts(tree)
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ERRORS.fullmatch(getattr(node.func, "id", getattr(node.func, "attr", ""))):
            yield from texts(node)


def options(command: Any) -> Iterator[str]:
    for parameter in command.params:
        yield from parameter.opts
    for below in getattr(command, "commands", {}).values():
        yield from options(below)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("`batch_size` must be 1 or more", "--batch-size must be 1 or more"),
        ("`learning_rate` must be above 0", "--lr must be above 0"),
        ("leave `data` out, or name `out`", "leave --data out, or name --out"),
        ("`dropout` must be below 1", "dropout must be below 1"),
        ("`not_an_argument` stays", "`not_an_argument` stays"),
    ],
)
def test_arguments_become_options(text: str, shown: str) -> None:
    assert as_options(text) == shown


def test_every_option_is_one_of_a_command() -> None:
    there = set(options(typer.main.get_command(app)))
    assert {as_options(f"`{name}`") for name in ARGUMENTS - WITHOUT_OPTION} <= there


@pytest.mark.parametrize("room", ROOMS)
def test_errors_of_the_package_name_arguments(room: str) -> None:
    paths = [*(SOURCE / room).rglob("*.py"), *SOURCE.glob(f"{room}.py")]
    assert paths
    for path in paths:
        for text in messages(path, room):
            assert COMMAND.search(text) or not FLAG.search(text), f"{path} names an option: {text}"
            assert {found[1] for found in NAMED.finditer(text)} <= ARGUMENTS, f"{path}: {text}"


@pytest.mark.parametrize(
    ("seed", "count", "message"),
    [
        (-1, 1, "`seed` must be from 0 to 2³² − 1, got -1"),
        (2**32, 1, "got 4294967296"),
        (2**32 - 2, 3, "got 4294967294, and with 3 seeds the last one is 4294967296"),
    ],
)
def test_seeds_out_of_range(seed: int, count: int, message: str) -> None:
    with pytest.raises(UsageError, match=re.escape(message)):
        check_seed(seed, count)


def test_seeds_within_range() -> None:
    assert [check_seed(seed) for seed in (0, 42, 2**32 - 1)] == [0, 42, 2**32 - 1]
    assert check_seed(2**32 - 3, 3) == 2**32 - 3
