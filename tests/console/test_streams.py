from __future__ import annotations

import codecs
import io
import json
import math
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from dlhw.console.standard_streams import ERRORS, spell_out
from dlhw.console.streams import printable, show, show_error, show_json, warn, wrapped
from dlhw.console.tables import plain_table
from dlhw.errors import DlhwError, InterruptedRun


def test_what_a_person_typed_is_no_markup(capsys: pytest.CaptureFixture[str]) -> None:
    show_error(DlhwError("there is nothing at [red]x[/red] :smile:", "[bold]?"))
    warn("[link=x]")
    error = capsys.readouterr().err
    assert error == "error: there is nothing at [red]x[/red] :smile:\nhint: [bold]?\nwarning: [link=x]\n"


def test_what_a_file_holds_is_not_obeyed(capsys: pytest.CaptureFixture[str]) -> None:
    show_error(DlhwError("\x1b[2Jgone\x9b1m\r", "two\nlines, naïve café"))
    assert capsys.readouterr().err == "error: \\u001b[2Jgone\\u009b1m\\u000d\nhint: two\nlines, naïve café\n"


def test_long_messages_are_not_cut_into_lines(capsys: pytest.CaptureFixture[str]) -> None:
    show_error(DlhwError("word " * 100))
    assert capsys.readouterr().err.count("\n") == 1


class Terminal(io.StringIO):
    """A stream that takes itself for a terminal."""

    def isatty(self) -> bool:
        return True


def test_messages_are_wrapped_at_words_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    path = "a/" * 30
    command = "dlhw cnn train --resume --out runs/with a long name"
    show_error(DlhwError(f"the validation accuracy after epoch 12 of {path} is 0.8125", f"to continue: {command}"))
    text = Text.from_ansi(terminal.getvalue()).plain
    assert text.splitlines() == [
        "error: the validation accuracy after",
        "epoch 12 of",
        f"{path} is 0.8125",
        "hint: to continue:",
        command,
    ]


@given(text=st.text("ab 界\n", max_size=60), width=st.integers(2, 20))
def test_wrapping_changes_spaces_alone_and_breaks_no_word(text: str, width: int) -> None:
    lines = wrapped(text, width)
    assert lines.replace("\n", " ") == text.replace("\n", " ")
    assert lines.split() == text.split()
    for line in lines.split("\n"):
        assert cell_len(line.rstrip()) <= width or max(map(cell_len, line.split())) > width


def test_json_is_one_document_without_nan(capsys: pytest.CaptureFixture[str]) -> None:
    show_json({"a": None, "b": "é"})
    captured = capsys.readouterr()
    assert json.loads(captured.out) == {"a": None, "b": "é"}
    assert captured.err == ""
    with pytest.raises(ValueError, match="JSON"):
        show_json({"a": math.nan})


@pytest.mark.parametrize(("columns", "expected"), [(None, 110), ("60", 60)])
def test_a_pipe_gets_tables_as_wide_as_it_asks_for(
    columns: str | None, expected: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    if columns:
        monkeypatch.setenv("COLUMNS", columns)
    table = plain_table("", ["a", "b"])
    table.add_row("x" * 100, "y" * 100)
    show(table)
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) == expected


@pytest.mark.parametrize("hostile", ["\x1b[2J", "\x9b2J", "\u202egnp.exe", "\ufeff", "a\udc80b", "\x00", "\r"])
def test_foreign_text_is_harmless_in_a_table_that_forgot_to_say_so(
    hostile: str, capsys: pytest.CaptureFixture[str]
) -> None:
    table = plain_table("", [hostile])
    table.add_row(f"before {hostile} after")
    show(table)
    printed = capsys.readouterr().out
    assert all(line.isprintable() for line in printed.splitlines())
    assert "before" in printed
    assert "after" in printed


@pytest.mark.parametrize("hostile", ["\x9b2J", "\u202egnp.exe", "\ufeff", "a\udc80b", "\x7f", "\U000e0041"])
def test_foreign_text_in_json_is_escaped_and_read_back(hostile: str, capsys: pytest.CaptureFixture[str]) -> None:
    show_json({"image": hostile})
    printed = capsys.readouterr().out
    assert hostile not in printed
    assert json.loads(printed) == {"image": hostile}


def test_persian_keeps_its_joiners() -> None:
    assert printable("می\u200cخواهم") == "می\u200cخواهم"


def test_what_says_itself_that_it_was_stopped_is_not_told_twice(capsys: pytest.CaptureFixture[str]) -> None:
    show_error(InterruptedRun("stopped at epoch 2; the state is saved", signal_number=2))
    show_error(InterruptedRun("the state is saved", signal_number=15))
    assert capsys.readouterr().err == "stopped at epoch 2; the state is saved\nstopped: the state is saved\n"


def test_tables_are_straight_where_the_encoding_lacks_their_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is spelled out is wider: it is measured as it will be printed."""
    raw = io.BytesIO()
    codecs.register_error(ERRORS, spell_out)
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="cp1252", errors=ERRORS))
    table = plain_table("", ("βXᵀPX", "n"))
    table.add_row("∇E = q − Xᵀp", "1")
    table.add_row("plain", "22")
    grid = Table.grid()
    grid.add_row("λ → ∞", "x")
    show(table, grid)
    sys.stdout.flush()
    lines = raw.getvalue().decode("cp1252").splitlines()
    ends = {len(line.rstrip(" |")) for line in lines if line.rstrip(" |").endswith(("1", "22"))}
    assert len(ends) == 1, lines
    assert "gradE = q - X^Tp" in "".join(lines)
    assert "lambda -> infx" in "".join(lines)
