"""How every command of ``dlhw`` parses its options and lays out its help: the classes that typer makes them of."""

from __future__ import annotations

import copy
import inspect
from typing import Any

from typer.core import TyperCommand, TyperGroup

from dlhw.cli.examples import write_examples
from dlhw.cli.signals import tell_stop
from dlhw.errors import UsageError

EXAMPLES = "\b\nExamples:\n"
"""What stands between the text of a command's help and its examples."""

TIMES = {2: "twice"}


class Command(TyperCommand):
    """A command that loses no value which was typed, and whose examples fit the terminal."""

    def format_help_text(self, ctx: Any, formatter: Any) -> None:
        _write_help_text(self.help, formatter)

    def invoke(self, ctx: Any) -> Any:
        """Run the command. typer makes an exit code of Ctrl-C, so what was noted of it is said here."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as stop:
            tell_stop(stop, "stopped")
            raise

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        typed = list(args)  # the parser takes them out of the list
        rest = super().parse_args(ctx, args)
        if not ctx.resilient_parsing:
            self._refuse_second_values(ctx, typed)
        return rest

    def _refuse_second_values(self, ctx: Any, typed: list[str]) -> None:
        """See that no option has two values where one is used, since the first would be lost without a word."""
        single = [one for one in self.params if one.opts[0].startswith("-") and not _repeatable(one)]
        parser = self.make_parser(ctx)
        for option in single:
            collecting = copy.copy(option)
            collecting.multiple = True
            collecting.add_to_parser(parser, ctx)
        values, _, _ = parser.parse_args(args=typed)
        for option in single:
            given = values.get(str(option.name)) or []
            if len(set(given)) > 1:
                times = TIMES.get(len(given), f"{len(given)} times")
                *others, last = (f"“{value}”" for value in given)
                raise UsageError(
                    f"{option.opts[0]} was given {times}, as {', '.join(others)} and {last}",
                    "keep one of them: only one can be used",
                )


class Group(TyperGroup):
    """A group of commands whose examples fit the terminal."""

    def format_help_text(self, ctx: Any, formatter: Any) -> None:
        _write_help_text(self.help, formatter)


def _repeatable(option: Any) -> bool:
    """Whether an option takes many values, or none: a flag given twice says what it says once."""
    return bool(option.multiple or option.is_flag or option.count)


def _write_help_text(text: str | None, formatter: Any) -> None:
    text, _, examples = inspect.cleandoc(text or "").partition(EXAMPLES)
    formatter.write_paragraph()
    with formatter.indentation():
        formatter.write_text(text.rstrip())
    write_examples(examples.splitlines(), formatter)
