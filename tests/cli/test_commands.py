from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import typer

from dlhw.cli.app import app
from dlhw.errors import UsageError
from tests.conftest import Invoke


def _commands(group: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    for name, one in group.commands.items():
        if hasattr(one, "commands"):
            yield from _commands(one, (*words, name))
        else:
            yield " ".join((*words, name)), one


COMMANDS = dict(_commands(typer.main.get_command(app)))


def _value(option: Any, place: int) -> str:
    """A value that an option takes, another for each place."""
    kind = option.type_descriptor if hasattr(option, "type_descriptor") else option.type  # typer until 0.26
    choices = getattr(kind, "choices", None)
    return str(choices[place % len(choices)]) if choices else str(place + 1)


def _parse(command: Any, option: Any, values: list[str]) -> Any:
    required = ["x" for one in command.params if not one.opts[0].startswith("-") and one.required]
    return command.make_context("dlhw", [*required, *(f"{option.opts[0]}={value}" for value in values)])


@pytest.mark.parametrize("path", COMMANDS)
def test_an_option_of_one_value_takes_no_second(path: str) -> None:
    command = COMMANDS[path]
    for option in command.params:
        if not option.opts[0].startswith("-") or option.is_flag:
            continue
        one, other = _value(option, 0), _value(option, 1)
        if option.multiple:
            _parse(command, option, [one, other])
            continue
        if one != other:
            with pytest.raises(UsageError) as refused:
                _parse(command, option, [one, one, other])
            told = f"{option.opts[0]} was given 3 times, as “{one}”, “{one}” and “{other}”"
            assert (refused.value.message, refused.value.exit_code) == (told, 2)
        _parse(command, option, [other, other])


def test_help_answers_whatever_else_was_typed(invoke: Invoke) -> None:
    assert invoke("energy", "--seed", "1", "--seed", "2", "--help").code == 0


def test_what_follows_two_dashes_is_no_option(invoke: Invoke) -> None:
    outcome = invoke("ocr", "read", "--beam", "2", "--", "--beam", "3")
    assert "twice" not in outcome.stderr
