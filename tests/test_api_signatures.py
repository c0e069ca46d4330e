"""docs/api.md gives the arguments and defaults of every public function and method as they are."""

from __future__ import annotations

import ast
import inspect
import re
from typing import Any

import pytest

import dlhw
from dlhw.cnn.settings import Settings
from tests.documents import ROOT

DOCUMENT = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
SIGNATURES = dict(re.findall(r"^\| `([\w.]+)\((.*?)\)` \|", DOCUMENT, re.M))
READING = re.findall(r"^\| `(\w+)` \| .* \| (`[^|]*) \| (all three|`[^|]*`) \|$", DOCUMENT, re.M)
OF_RANKS = {"share"}
"""How ranks share the patterns of an ``Energy``: no argument of a person's."""

Arguments = dict[str, tuple[Any, bool]]
"""By name: the default, and whether the argument can be given by its place."""


def _arguments(function: Any) -> Arguments:
    return {
        one.name: (one.default, one.kind is not one.KEYWORD_ONLY)
        for one in inspect.signature(function).parameters.values()
        if one.kind is not one.VAR_KEYWORD and one.name not in {"self", *OF_RANKS}
    }


def _described(name: str) -> Arguments:
    written, _, reading = SIGNATURES[name].partition("**reading")
    space: dict[str, Any] = {}
    exec(f"def described({written.rstrip(', ')}{reading}): pass", space)
    found = _arguments(space["described"])
    if name.endswith(("read", "evaluate", "compare")):
        assert "**reading" in SIGNATURES[name]
        found |= {argument: (_default(told, name), False) for argument, told, takers in READING if _takes(name, takers)}
    return found


def _takes(name: str, takers: str) -> bool:
    return takers == "all three" or f"`{name.split('.')[-1]}`" in takers


def _default(told: str, name: str) -> Any:
    """A default as the table tells it: ``X``, or ``X; in `function` `Y` …``."""
    exception = re.search(rf"in `{name}` `(.*?)`", told)
    return ast.literal_eval(exception[1] if exception else told.split("`")[1])


def _resolved(name: str) -> Any:
    head, _, method = name.partition(".")
    return getattr(getattr(dlhw, head), method) if method else getattr(dlhw, head)


def test_every_function_and_method_is_described() -> None:
    functions = {name for name in dlhw.__all__ if inspect.isfunction(getattr(dlhw, name))}
    assert {*functions, "Energy", "Classifier.predict", "Recognizer.read"} == set(SIGNATURES)
    assert len(READING) >= 5


@pytest.mark.parametrize("name", SIGNATURES)
def test_arguments_and_defaults_are_as_described(name: str) -> None:
    there, described = _arguments(_resolved(name)), _described(name)
    assert described == there
    placed = [[one for one, (_, by_place) in each.items() if by_place] for each in (described, there)]
    assert placed[0] == placed[1], "their order"


def test_methods_of_a_memory_are_there() -> None:
    (row,) = re.findall(r"^\| `Energy\(.*?methods of .*?: (.*?) \(\[", DOCUMENT, re.M)
    methods = re.findall(r"`(\w+)`", row)
    assert len(methods) >= 7
    assert all(list(_arguments(getattr(dlhw.Energy, name))) == ["q"] for name in methods)


def test_defaults_of_settings_are_as_described() -> None:
    told = dict(re.findall(r"^\| (`\w+`(?:, `\w+`)*) \| .* \| (.*?) \|$", DOCUMENT.partition("| setting |")[2], re.M))
    settings = Settings()
    for names, defaults in told.items():
        values = [str(getattr(settings, name)) for name in re.findall(r"\w+", names)]
        shown = re.findall(r"None|[\d.]*\d|homework", defaults)
        assert shown == [re.sub(r"[(),]", "", value) for value in values], names
