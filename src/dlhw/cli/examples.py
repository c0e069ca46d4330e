"""The examples of a command's help: whole commands that can be copied, at any width of the terminal."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from typing import Any

NARROWEST = 28
"""Columns that are left to what an example does; a command that leaves fewer stands on a line of its own."""

INDENT = 2


def write_examples(lines: Sequence[str], formatter: Any) -> None:
    """Write examples as a section of two columns, the commands and what they do.

    Args:
        lines: an example each: the command, two spaces or more, and what it does, which may be missing.
        formatter: the parser's, which knows the width of the terminal.
    """
    if not lines:
        return
    rows = [_split(line) for line in lines]
    widest = max(formatter.width - NARROWEST - 2 * INDENT, NARROWEST)
    with formatter.section("Examples"):
        formatter.write_dl([(_fold(command, formatter.width - INDENT), does) for command, does in rows], col_max=widest)


def _split(line: str) -> tuple[str, str]:
    command, *does = re.split(r" {2,}", line.strip(), maxsplit=1)
    return command, does[0] if does else ""


def _fold(command: str, width: int) -> str:
    """The command on as many lines as it needs, which a shell reads as one."""
    lines = textwrap.wrap(
        command, width - INDENT - len(" \\"), break_long_words=False, break_on_hyphens=False, drop_whitespace=True
    )
    return command if len(command) <= width else f" \\\n{' ' * 2 * INDENT}".join(lines)
