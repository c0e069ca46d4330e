"""What a person means by ``mine.py:Network``, and by ``3x48x48``."""

from __future__ import annotations

import ast
import inspect
import re
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from torch import nn

from dlhw.errors import UsageError

LARGEST_SIDE = 4096


@dataclass(frozen=True, kw_only=True)
class Target:
    """A network in a file."""

    file: Path
    expression: str
    """A class, a function, or a network; perhaps called with plain values, as ``Network(6)``."""

    def __str__(self) -> str:
        return f"{self.file}:{self.expression}"

    def check_there(self) -> None:
        """Raise DataError where there is no such file."""
        from dlhw.foreign.process import check_there

        check_there(self.file)


class CannotBuild(Exception):
    """What was named is no network, or needs arguments. The message is for the person."""


def parse_target(text: str) -> Target:
    """A file and what is meant in it.

    Raises:
        UsageError: it has another form.
    """
    file, colon, expression = text.partition(".py:")
    if not colon or not expression:
        raise UsageError(f"`module` is FILE.py:NAME, got {text!r}", "for instance `module` mine.py:Network")
    try:
        _call(expression)
    except (SyntaxError, ValueError) as error:
        hint = "for instance `module` mine.py:Network, or 'mine.py:Network(6)' with plain values"
        raise UsageError(f"after the colon a name in the file is expected, got {expression!r}", hint) from error
    return Target(file=Path(f"{file}.py"), expression=expression)


def parse_input(text: str) -> tuple[int, ...]:
    """The shape of one input, without the batch: ``3x48x48`` is (3, 48, 48).

    Raises:
        UsageError: it has another form.
    """
    parts = re.split("[x×,]", text.strip().lower())
    if not all(part.isdecimal() and 1 <= int(part) <= LARGEST_SIDE for part in parts) or len(parts) > 4:
        raise UsageError(
            f"`input` is channels x height x width, each from 1 to {LARGEST_SIDE}, got {text!r}",
            "for instance 3x48x48",
        )
    return tuple(map(int, parts))


def build(module: ModuleType, expression: str) -> nn.Module:
    """The network that is meant, built by the person's own code.

    Raises:
        CannotBuild: there is no such name, it needs arguments, or it is no network.
        Exception: whatever the person's code raises.
    """
    name, positional, named = _call(expression)
    found: Any = module
    for part in name.split("."):
        if not hasattr(found, part):
            raise CannotBuild(f"there is no {name} in it; it has {_listed(module) or 'no network and no function'}")
        found = getattr(found, part)
    if isinstance(found, nn.Module) and not positional and not named:
        return found
    if not callable(found):
        raise CannotBuild(
            f"{name} is no network, and no class or function that makes one: it is a {type(found).__name__}"
        )
    if not positional and not named and (needed := _needed(found)):
        called = ", ".join(needed)
        raise CannotBuild(f"{name} needs arguments ({called}): name it with them, as '{name}(…)', or give a function")
    network = found(*positional, **named)
    if not isinstance(network, nn.Module):
        raise CannotBuild(f"{name} makes no torch.nn.Module but a {type(network).__name__}")
    return network


def _call(expression: str) -> tuple[str, list[Any], dict[str, Any]]:
    """The name, and the arguments, which must be plain values. Raises SyntaxError or ValueError."""
    node: ast.expr = ast.parse(expression, mode="eval").body
    positional: list[Any] = []
    named: dict[str, Any] = {}
    if isinstance(node, ast.Call):
        positional = [ast.literal_eval(argument) for argument in node.args]
        if any(keyword.arg is None for keyword in node.keywords):
            raise ValueError(expression)
        named = {str(keyword.arg): ast.literal_eval(keyword.value) for keyword in node.keywords}
        node = node.func
    name = ast.unparse(node)
    if not all(part.isidentifier() for part in name.split(".")):
        raise ValueError(expression)
    return name, positional, named


def _needed(found: Any) -> list[str]:
    """The arguments without which it cannot be called."""
    try:
        parameters = inspect.signature(found).parameters.values()
    except (TypeError, ValueError):
        return []
    variadic = {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}
    return [one.name for one in parameters if one.default is one.empty and one.kind not in variadic]


def _listed(module: ModuleType) -> str:
    """Its classes of networks and its networks, then its functions: all that may be named."""
    there = {name: value for name, value in vars(module).items() if not name.startswith("_")}
    own = {name: value for name, value in there.items() if getattr(value, "__module__", "") == module.__name__}
    classes = [name for name, value in own.items() if inspect.isclass(value) and issubclass(value, nn.Module)]
    networks = [name for name, value in there.items() if isinstance(value, nn.Module)]
    functions = [name for name, value in own.items() if inspect.isfunction(value)]
    return ", ".join([*classes, *networks, *functions])
