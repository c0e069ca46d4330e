"""The arrows between the rooms, as docs/design.md draws them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

import dlhw

SOURCE = Path(dlhw.__file__).parent
QUESTIONS = {"hopfield", "cnn", "ocr"}
MAY_IMPORT = {
    "errors": set(),
    "plurals": set(),
    "cores": {"plurals", "errors"},
    "images": {"cores", "errors"},
    "learning": {"cores", "plurals", "errors"},
    "tables": {"images", "plurals", "errors"},
    "foreign": {"errors"},
    "hopfield": {"learning", "images", "foreign", "plurals", "errors"},
    "cnn": {"learning", "images", "foreign", "plurals", "errors"},
    "ocr": {"learning", "images", "plurals", "errors"},
    "report": {*QUESTIONS, "learning", "cores", "plurals", "errors"},
    "console": {"report", *QUESTIONS, "learning", "plurals", "errors"},
    "cli": {"report", *QUESTIONS, "console", "learning", "images", "tables", "cores", "plurals", "errors"},
    "__main__": {"cli"},
    "api": {*QUESTIONS, "learning", "images", "plurals", "errors"},
    "__init__": {"api", "hopfield", "errors"},
}
FORBIDDEN = {
    room: {"rich", "typer"}
    for room in ("cores", "plurals", "images", "tables", "foreign", "learning", "report", *QUESTIONS)
}
MODULES = sorted(SOURCE.rglob("*.py"))


def statements(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """All statements, to any depth; what they compute is not looked into, which is nine tenths of a tree."""
    for node in nodes:
        yield node
        for part in ("body", "handlers", "orelse", "finalbody", "cases"):
            yield from statements(getattr(node, part, ()))


def imports(path: Path) -> set[str]:
    """Every module that a file imports, at the top or within a function."""
    names = set()
    for node in statements(ast.parse(path.read_text()).body):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            names |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_imports_follow_the_arrows(path: Path) -> None:
    room = path.relative_to(SOURCE).parts[0].removesuffix(".py")
    imported = imports(path)
    rooms = {name.split(".")[1] for name in imported if name.startswith("dlhw.")} - {room, "__version__"}
    assert rooms <= MAY_IMPORT[room]
    assert not {name.split(".")[0] for name in imported} & FORBIDDEN.get(room, set())


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_no_file_outgrows_its_concept(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 400


def test_every_room_is_drawn() -> None:
    rooms = {path.name.removesuffix(".py") for path in SOURCE.iterdir() if path.suffix == ".py" or path.is_dir()}
    assert rooms - {"__pycache__", "py.typed"} <= MAY_IMPORT.keys()
