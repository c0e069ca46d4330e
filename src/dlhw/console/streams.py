"""Results on stdout, talk on stderr. What a person typed, or a file holds, is never read as markup nor obeyed."""

from __future__ import annotations

import json
import os
import sys
import unicodedata
from collections.abc import Mapping
from typing import Any, TextIO

from rich.console import Console, RenderableType
from rich.text import Text

from dlhw.errors import DlhwError

WIDTH_WITHOUT_TERMINAL = 110


def console(stream: TextIO) -> Console:
    """A console that colours only on terminals that want it, and never wraps a pipe's tables at 80 columns."""
    width = None
    if not stream.isatty() and "COLUMNS" not in os.environ:
        width = WIDTH_WITHOUT_TERMINAL
    return Console(file=stream, width=width, markup=False, highlight=False, emoji=False)


def results() -> Console:
    """Stdout: the result alone."""
    return console(sys.stdout)


def talk() -> Console:
    """Stderr: live tables, notes, warnings, errors."""
    return console(sys.stderr)


def show(*renderables: RenderableType) -> None:
    """Print a result for a person."""
    results().print(*renderables, sep="\n")


def show_json(document: Mapping[str, Any]) -> None:
    """Print a result for a program: one JSON document, in which a missing value is ``null``."""
    sys.stdout.write(json.dumps(document, indent=2, allow_nan=False, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def harmless(text: str) -> str:
    """The text with control characters spelled out: a file's name may hold a terminal's escape sequence."""
    return "".join(
        letter if letter == "\n" or unicodedata.category(letter) != "Cc" else f"\\x{ord(letter):02x}" for letter in text
    )


def printable(text: str) -> str:
    """The text on one line, with nothing that a terminal would obey: for a table's cells."""
    return "".join(letter if letter.isprintable() else f"\\u{ord(letter):04x}" for letter in text)


def note(text: str) -> None:
    """Tell a person something on stderr."""
    talk().print(Text(harmless(text), style="dim"), soft_wrap=True)


def warn(text: str) -> None:
    """Warn a person on stderr."""
    talk().print(Text.assemble(("warning: ", "yellow"), harmless(text)), soft_wrap=True)


def show_error(error: DlhwError) -> None:
    """One message and one hint on stderr."""
    stopped = error.exit_code > 128  # a signal's doing, not a fault
    label = ("stopped: ", "bold yellow") if stopped else ("error: ", "bold red")
    talk().print(Text.assemble(label, harmless(error.message)), soft_wrap=True)
    if error.hint:
        talk().print(Text.assemble(("hint: ", "bold cyan"), harmless(error.hint)), soft_wrap=True)
