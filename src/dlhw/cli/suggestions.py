"""What a person meant who typed a command line that cannot be parsed."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from typing import Any

import typer

from dlhw.errors import UsageError

ParsingError: Any = typer.BadParameter.__base__
"""The parser's usage error: options and commands that do not exist, values of the wrong type."""

ANYWHERE = ("--debug", "--help")

SYNONYMS = {
    "--lr": ("--learning-rate", "--learning_rate", "--rate", "--alpha", "-lr"),
    "--epochs": ("--epoch", "--n-epochs", "--num-epochs", "--max-epochs", "-e"),
    "--batch-size": ("--batch", "--bs", "--batch_size", "-b"),
    "--data": ("--dataset", "--data-dir", "--data-path", "--data_dir", "--data_path", "--images", "-d"),
    "--out": ("--output", "--output-dir", "--output_dir", "--save-dir", "--run", "-o"),
    "--checkpoint": ("--model", "--weights", "--ckpt", "--resume-from", "-m", "-w"),
    "--from": ("--pretrained", "--finetune", "--fine-tune", "--init"),
    "--beam": ("--beam-size", "--beam-width", "--num-beams", "--beam_size", "-k"),
    "--threads": ("--workers", "--num-workers", "--jobs", "-j", "-t"),
    "--device": ("--gpu", "--cuda", "--cpu", "--use-gpu"),
    "--seed": ("--random-seed", "--random-state", "-s"),
    "--progress": ("--verbose", "--quiet", "-v", "-q"),
    "--count": ("--patterns-count", "--num-patterns", "--n", "-n"),
    "--steps": ("--iterations", "--max-iter", "--max-steps"),
    "--tol": ("--tolerance", "--eps"),
}
"""Options by the names that other programs give them."""

KINDS: dict[str, tuple[str, Callable[[str], object]]] = {
    "valid number": ("a number", float),
    "valid float": ("a number", float),  # as typer says until 0.26
    "valid integer": ("a whole number", int),
    "valid boolean": ("yes or no", str),
}
"""What the parser expected, by its words: how a person says so, and what reads such a value."""


def usage_error(error: Any, arguments: Sequence[str], groups: Any) -> UsageError:
    """The same error as a message and a hint.

    Args:
        error: a :data:`ParsingError`.
        arguments: what was typed after ``dlhw``.
        groups: the command ``dlhw`` itself, in whose groups a lost command is looked for.
    """
    context = error.ctx
    path = context.command_path if context else _called(arguments, groups)
    message = str(error.format_message()).rstrip(".").replace("Value error, ", "")
    hint = f"{path} -h lists what there is"
    parameter = getattr(error, "param", None)
    if (name := getattr(error, "option_name", None)) and message.startswith("No such option"):
        typed = next((word for word in arguments if word.startswith(name)), name).split("=")[0]
        message = f"{path} has no option {typed}"
        if meant := closest_option(typed, context.command.params):
            hint = f"did you mean {meant}? {hint}"
    elif found := re.search(r"No such command '(.*?)'", message):
        message = f"{path} has no command {found[1]}"
        if commands := _commands(found[1], context.command, groups):
            hint = f"did you mean {' or '.join(commands)}? {hint}"
    elif " is not one of " in message:
        given, *names = re.findall(r"'([^']*)'", message.partition(": ")[2])
        option = _named(parameter)
        message = f"{option} is one of {', '.join(names)}; “{given}” was given"
        if alike := difflib.get_close_matches(given.lower(), names, n=1):
            hint = f"did you mean {option} {alike[0]}? {hint}"
    elif message.startswith("Missing argument") and parameter is not None:
        message = f"{path} takes {parameter.metavar}, and none was given"
        hint = f"{parameter.metavar}: {parameter.help} {hint}"
    elif message.endswith("requires an argument"):
        message = f"{path}: {error.option_name} takes a value, and none was given"
    elif kind := next((KINDS[words] for words in KINDS if words in message), None):
        message = f"{_named(parameter)} takes {kind[0]}{_given(parameter, arguments, kind[1])}"
    return UsageError(message, hint)


def closest_option(typed: str, parameters: Sequence[Any]) -> str | None:
    """The option of a command that is spelled most like ``typed``, or is called so elsewhere."""
    there = [name for parameter in parameters for name in parameter.opts if name.startswith("--")]
    for option, names in SYNONYMS.items():
        if typed in names and option in there:
            return option
    return next(iter(difflib.get_close_matches(typed, [*there, *ANYWHERE], n=1)), None)


def _called(arguments: Sequence[str], groups: Any) -> str:
    """The command that the arguments call, where the parser's error does not say."""
    words, here = ["dlhw"], groups
    for word in arguments:
        if word not in getattr(here, "commands", ()):
            break
        words.append(word)
        here = here.commands[word]
    return " ".join(words)


def _commands(typed: str, here: Any, groups: Any) -> list[str]:
    """Commands of that name in any group, or the one in ``here`` that is spelled most like it."""
    below = [
        f"dlhw {name} {typed}"
        for name, group in groups.commands.items()
        if typed in getattr(group, "commands", ())  # a command has none
    ]
    at_the_top = [f"dlhw {typed}"] if typed in groups.commands else []
    alike = difflib.get_close_matches(typed, list(here.commands), n=1)
    return below or at_the_top or alike


def _named(parameter: Any) -> str:
    return str(parameter.opts[0] if parameter.opts else parameter.name)


def _given(parameter: Any, arguments: Sequence[str], read: Callable[[str], object]) -> str:
    """Which value could not be read; nothing where that is not known."""
    values = _values(_named(parameter), arguments)
    # Where one value is used, the parser looks at the last of them alone.
    wrong = [value for value in values if not _readable(value, read)] if parameter.multiple else values[-1:]
    return f"; “{wrong[0]}” was given" if wrong and wrong[0] else ""


def _readable(value: str, read: Callable[[str], object]) -> bool:
    try:
        read(value)
    except ValueError:
        return False
    return True


def _values(option: str, arguments: Sequence[str]) -> list[str]:
    """All that was typed as an option's value."""
    values = []
    for word, after in zip(arguments, [*arguments[1:], ""], strict=True):
        if word == option:
            values.append(after)
        elif word.startswith(f"{option}="):
            values.append(word.partition("=")[2])
    return values
