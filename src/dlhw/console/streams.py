"""Results on stdout, talk on stderr. What a person typed, or a file holds, is never read as markup nor obeyed."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Mapping
from json import dumps
from typing import Any, TextIO

from rich.cells import cell_len
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
    _say(Text(harmless(as_options(text)), style="dim"))


def warn(text: str) -> None:
    """Warn a person on stderr."""
    _say(Text.assemble(("warning: ", "yellow"), harmless(as_options(text))))


def show_error(error: DlhwError) -> None:
    """One message and one hint on stderr, and between them the traceback of code that is not dlhw's."""
    stopped = error.exit_code > 128  # a signal's doing, not a fault
    label = ("stopped: ", "bold yellow") if stopped else ("error: ", "bold red")
    if stopped and error.message.startswith("stopped"):
        label = ("", "")
    _say(Text.assemble(label, harmless(as_options(error.message))))
    if isinstance(error, TheirFault):
        show_traceback(error.file, error.traceback)
    if error.hint:
        _say(Text.assemble(("hint: ", "bold cyan"), harmless(as_options(error.hint))))


def show_traceback(file: str, traceback: str) -> None:
    """A fault inside a person's file, on stderr: marked as theirs."""
    _say(Text(f"the traceback is from {harmless(file)}, not from dlhw:", style="yellow"))
    for line in traceback.splitlines():
        talk().print(Text(f"  | {harmless(line)}"), soft_wrap=True)


def _say(message: Text) -> None:
    """Print a message on stderr: wrapped at words on a terminal, on one line in a pipe or a log."""
    stderr = talk()
    if stderr.is_terminal:
        message.plain = wrapped(message.plain, stderr.width)  # as long as before, so that its styles stay in place
    stderr.print(message, soft_wrap=True)


def wrapped(text: str, width: int) -> str:
    """The text with line breaks in place of spaces, so that no line is wider than a terminal where words allow it.

    What has to be copied whole is never broken: a word, such as a path, and a command at the end of a line. The
    terminal breaks those where it must, and copies them without a break.

    Args:
        text: with line breaks of its own, perhaps.
        width: in cells, of which some characters take two.
    """
    return "\n".join(_wrapped_line(line, width) for line in text.split("\n"))


_UNBROKEN = re.compile(r"(?<=: )dlhw .*|\S+")


def _wrapped_line(line: str, width: int) -> str:
    letters = list(line)
    column = end = 0
    for piece in _UNBROKEN.finditer(line):
        gap, needed = piece.start() - end, cell_len(piece[0])
        if gap and column + gap + needed > width and (column or needed <= width):
            letters[piece.start() - 1] = "\n"
            column = needed
        else:
            column += gap + needed
        column, end = column % width or min(column, width), piece.end()
    return "".join(letters)
