"""Results on stdout, talk on stderr. What a person typed, or a file holds, is never read as markup nor obeyed."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Mapping
from json import dumps
from typing import Any, TextIO

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from dlhw.console.option_names import as_options
from dlhw.console.standard_streams import ERRORS, holds_unicode
from dlhw.errors import DlhwError, TheirFault

WIDTH_WITHOUT_TERMINAL = 110


class HarmlessConsole(Console):
    """A console on which foreign text is shown and never obeyed: whatever is printed passes through here.

    File names, class names and labels may hold a terminal's escape sequences, or marks that reverse the direction of
    writing. Styles and cursor movements of our own are not text, and stay.
    """

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """What :meth:`rich.console.Console.render` yields, with everything unprintable spelled out.

        What the stream's encoding lacks is spelled out too, in tables before their widths are measured.
        """
        if isinstance(renderable, Table) and not self.encoding.startswith("utf"):
            _spell_out(renderable, self.encoding)
        for segment in super().render(renderable, options):
            if segment.control or segment.text.isprintable() or (text := harmless(segment.text)) == segment.text:
                yield segment
            else:
                yield Segment(text, segment.style)


def _spell_out(table: Table, encoding: str) -> None:
    for column in table.columns:
        column.header = _spelled(column.header, encoding)
        column._cells = [_spelled(cell, encoding) for cell in column._cells]


def _spelled(cell: RenderableType, encoding: str) -> RenderableType:
    text = cell.plain if isinstance(cell, Text) else cell
    if not isinstance(text, str):
        return cell
    spelled = text.encode(encoding, ERRORS).decode(encoding)
    return cell if spelled == text else Text(spelled, style=cell.style) if isinstance(cell, Text) else spelled


def console(stream: TextIO) -> Console:
    """A console that colours only on terminals that want it, and never wraps a pipe's tables at 80 columns."""
    width = None
    if not stream.isatty() and "COLUMNS" not in os.environ:
        width = WIDTH_WITHOUT_TERMINAL
    return HarmlessConsole(file=stream, width=width, markup=False, highlight=False, emoji=False)


def results() -> Console:
    """Stdout: the result alone."""
    return console(sys.stdout)


def talk() -> Console:
    """Stderr: live tables, notes, warnings, errors."""
    return console(sys.stderr)


def show(*renderables: RenderableType) -> None:
    """Print a result for a person."""
    results().print(*renderables, sep="\n")


def finish(document: Mapping[str, Any], renderables: Iterable[RenderableType], *, json: bool) -> None:
    """Print a command's result: its document for a program, or what is shown of it for a person."""
    if json:
        show_json(document)
    else:
        show(*renderables)


def show_json(document: Mapping[str, Any]) -> None:
    """Print a result for a program: one JSON document, in which a missing value is ``null``.

    Characters that a terminal would obey, or that the encoding of stdout lacks, are escaped, as in ``\\u2713``.
    """
    text = dumps(document, indent=2, allow_nan=False, ensure_ascii=not holds_unicode(sys.stdout))
    sys.stdout.write(_UNPRINTABLE.sub(_escape, text) + "\n")
    sys.stdout.flush()


_UNPRINTABLE = re.compile(
    "[\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\uffff\U000e0000-\U0010ffff]"
)
"""Controls, marks of direction, invisible characters, surrogates. None of them is part of JSON's own syntax."""


def _escape(found: re.Match[str]) -> str:
    return dumps(found[0])[1:-1]


def harmless(text: str) -> str:
    """The text with everything that a terminal would obey or hide spelled out; line breaks stay."""
    return text if text.isprintable() else "\n".join(map(printable, text.split("\n")))


def printable(text: str) -> str:
    """The text on one line, with nothing that a terminal would obey: for a table's cells."""
    if text.isprintable():
        return text
    shown = (letter.isprintable() or letter in JOINERS for letter in text)
    return "".join(letter if show else f"\\u{ord(letter):04x}" for letter, show in zip(text, shown, strict=True))


JOINERS = "\u200c\u200d"
"""Zero-width (non-)joiners: Persian and Indic words are spelled with them."""


def note(text: str) -> None:
    """Tell a person something on stderr."""
    talk().print(Text(harmless(as_options(text)), style="dim"), soft_wrap=True)


def warn(text: str) -> None:
    """Warn a person on stderr."""
    talk().print(Text.assemble(("warning: ", "yellow"), harmless(as_options(text))), soft_wrap=True)


def show_error(error: DlhwError) -> None:
    """One message and one hint on stderr, and between them the traceback of code that is not dlhw's."""
    stopped = error.exit_code > 128  # a signal's doing, not a fault
    label = ("stopped: ", "bold yellow") if stopped else ("error: ", "bold red")
    if stopped and error.message.startswith("stopped"):
        label = ("", "")
    talk().print(Text.assemble(label, harmless(as_options(error.message))), soft_wrap=True)
    if isinstance(error, TheirFault):
        show_traceback(error.file, error.traceback)
    if error.hint:
        talk().print(Text.assemble(("hint: ", "bold cyan"), harmless(as_options(error.hint))), soft_wrap=True)


def show_traceback(file: str, traceback: str) -> None:
    """A fault inside a person's file, on stderr: marked as theirs."""
    talk().print(Text(f"the traceback is from {harmless(file)}, not from dlhw:", style="yellow"), soft_wrap=True)
    for line in traceback.splitlines():
        talk().print(Text(f"  | {harmless(line)}"), soft_wrap=True)
